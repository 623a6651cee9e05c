/** Bugs of the Bitcoin rail that its worlds have to find. */
import { type Bug, bugsIn } from '../rails/planting.ts';

const m = bugsIn('lambdas');

// biome-ignore format: a table
export const bitcoinMutants: readonly Bug[] = [
  m('outputs are not bound', 'core/rails/bitcoin/sign.ts', 'changes.push(bindOutput(chain.network, coin, withdrawalId));', 'void bindOutput;'),
  m('a replacement spends what is free now', 'core/rails/bitcoin/replace.ts', 'const { payer, inputs, to, value } = own;', "const { payer, to, value } = own;\n  const [other] = await chain.coins();\n  const inputs = other === undefined ? own.inputs : [other];"),
  m('what is in one block is final', 'core/rails/bitcoin/verdict.ts', 'mined.confirmations < chain.finalityBlocks', 'mined.confirmations < 1'),
  m('an input that is spent means that it was paid', 'core/rails/bitcoin/verdict.ts', 'if (known === undefined) return', 'if (known === undefined && attempts.length === 0) return'),
  m('an output that is gone was never paid', 'core/rails/bitcoin/verdict.ts', 'const mined =\n    (await minedOf(chain, attempts, head)) ??', "if (sent.ending !== undefined) return { is: 'cancelled', byUs: true, at: { block: '', index: 0 } };\n  const mined =\n    (await minedOf(chain, attempts, head)) ??"),
  m('only the last attempt is looked at', 'core/rails/bitcoin/verdict.ts', 'Array.from({ length: attempts }, async (_, index) => {', 'Array.from({ length: 1 }, async () => {\n      const index = attempts - 1;'),
  m('a payment counts as the end of its payout', 'core/rails/bitcoin/verdict.ts', 'if (known.attempt.ends) return', 'if (known.attempt.ends || sent.ending !== undefined) return'),
  m('what is in no block is taken for spent', 'core/rails/bitcoin/rail.ts', "values: isUnspent ? [] : ['on-chain']", "values: ['on-chain']"),
  m('a replacement offers no more than is asked for now', 'core/rails/bitcoin/replace.ts', '      least(bytes),\n      (own.fee * (100n + bumpPercent)) / 100n,\n', ''),
  m('the cap is not looked at', 'core/rails/bitcoin/replace.ts', 'parts === null || parts.fee > feeMax(cap, inputs.length, paid, parts.change.length)', 'parts === null || cap < 0n'),
  m('change is forgotten', 'core/rails/bitcoin/plan.ts', 'const back = left - cost;', 'const back = left > 2n * cost + 600n ? left - cost - cost : left - cost;'),
  m('that it was signed is kept once only', 'core/rails/bitcoin/sign.ts', 'changes.push(bindPayout(chain.network, withdrawalId));', 'void bindPayout;'),
  m('what another treasury has signed is carried by nobody', 'core/rails/bitcoin/replace.ts', 'if (!signer.signs(payer))', 'if (payer !== (await signer.treasury()))'),
  m('what is late does not say so', 'core/payout/patience.ts', 'return now - standsSince(from, now) > usualMs + payoutLateMs;', 'return now - standsSince(from, now) > 1e12 * (usualMs + payoutLateMs);'),
];
