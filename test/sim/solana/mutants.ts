/** Bugs of the Solana rail that its worlds have to find. */
import { type Bug, bugsIn } from '../rails/planting.ts';

const m = bugsIn('lambdas/core/rails/solana');

// biome-ignore format: a table
export const solanaMutants: readonly Bug[] = [
  m('a value is bound to two payouts', 'sign.ts', '        binding(slot),\n', ''),
  m('that it was signed is kept once only', 'sign.ts', '        signing(payment.withdrawalId),\n', ''),
  m('a replacement goes on another nonce', 'replace.ts', 'return onTheSame(world, chain, own, own.asked.transfer);', 'const [other] = await (await slotsOf(world, chain)).free(1);\n  return onTheSame(world, chain, { ...own, asked: { ...own.asked, ...other } }, own.asked.transfer);'),
  m('what is carried out and not final is paid', 'judge.ts', 'const paid = payments.filter(({ final }) => final);', 'const paid = payments;'),
  m('what failed on chain counts as paid', 'judge.ts', 'attempt.asked.transfer && !failed', 'attempt.asked.transfer'),
  m('only the last attempt is looked at', 'verdict.ts', 'const numbers = Array.from({ length: count }, (_, index) => index + 1);', 'const numbers = [count];'),
  m('what is being cancelled was never paid', 'judge.ts', "if (first !== undefined) return { is: 'paid', by: first.attempt, slot: first.slot };", ''),
  m('a nonce that somebody else has used is ours', 'judge.ts', "const isOurs = states.every(({ is }) => is === 'used-by-us');", 'const isOurs = true;'),
  m('a failed payout is never made again', 'replace.ts', 'if (standing.code !== failed) return null;', 'return null;'),
  m('what fails on chain has not used its nonce up', 'replace.ts', 'if (!isOver) return', 'if (isOver) return'),
  m('a nonce that is used is taken for free', 'rail.ts', "{ found: 'these', values: ['on-chain'] };", "{ found: 'these', values: [] };"),
  m('the cancellation goes on another nonce', 'replace.ts', "return (await onTheSame(world, chain, own, null)) ?? 'being-cancelled';", 'return onAnotherSlot(world, chain, funds, attempt, null);'),
  m('what another treasury has signed is carried by nobody', 'replace.ts', 'if (!world.signer.signs(asked.payer))', 'if (asked.payer !== world.signer.address)'),
  m('of another treasury nothing is promised', 'replace.ts', 'return affordable.length === 0 ? short : funds.promise([payment]);', 'return affordable.length === 0 ? short : [];'),
  { bug: 'what is late does not say so', file: 'lambdas/core/payout/patience.ts', from: 'return now - standsSince(from, now) > usualMs + payoutLateMs;', to: 'return now - standsSince(from, now) > 1e12 * (usualMs + payoutLateMs);' },
];
