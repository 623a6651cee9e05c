/**
 * Why a transfer would not come about now, and whose fault that is. The accounts say it in so many words; a simulation says whether
 * there is anything else.
 */
import type { Minor } from '../../core/kernel/money.ts';
import type { PayeeWhy, Refusal } from '../../core/payout/rail.ts';
import { trialOf } from '../../core/rails/solana/instructions.ts';
import { transactionOf } from '../../core/rails/solana/message.ts';
import { unitLimitOf } from '../../core/rails/solana/offer.ts';
import { systemProgram, tokenAccountOf } from '../../core/rails/solana/programs.ts';
import type { Rpc } from './rpc.ts';
import { simulation, tokensIn } from './shapes.ts';
import { accountsAt } from './view.ts';

const us = (waits: 'treasury-short' | 'transfers-refused' | 'gas-short'): Refusal => ({
  ...{ by: 'us', waits },
});
const payee = (why: PayeeWhy): Refusal => ({ by: 'payee', why });

/** Longer than the id of a withdrawal. */
const anyMemo = 'x'.repeat(40);
const noSignature = new Uint8Array(64);
/** A blockhash of the right form, which the node replaces. */
const anyBlockhash = systemProgram;

export async function refusalOf(
  rpc: Rpc,
  payer: string,
  to: string,
  value: Minor,
  mint: string | null,
): Promise<Refusal | null> {
  const known = mint === null ? null : [tokenAccountOf(payer, mint), tokenAccountOf(to, mint)];
  const [{ of }, error] = await Promise.all([
    accountsAt(rpc, [to, ...(known ?? [])], 'confirmed'),
    errorOf(rpc, payer, { to, value, mint, decimals: mint === null ? 9 : 6, memo: anyMemo }),
  ]);
  const [wallet = null, source = null, target = null] = of;
  // An account of a program: nobody can sign for what it would be paid.
  if (wallet !== null && (wallet.executable || wallet.owner !== systemProgram))
    return payee('receiver');
  if (mint !== null) {
    const ours = tokensIn(source);
    if (ours === null || ours.amount < value) return us('treasury-short');
    if (ours.isFrozen) return us('transfers-refused');
    const theirs = target === null ? null : tokensIn(target);
    // Its wallet has given the account away, or it is none: what is paid to it would be another's.
    if (target !== null && target.owner !== systemProgram)
      if (theirs === null || theirs.owner !== to) return payee('receiver');
      else if (theirs.isFrozen) return { by: 'payee' };
  }
  if (error === null) return null;
  return blameOf(error, mint);
}

type TransactionError = NonNullable<Awaited<ReturnType<typeof errorOf>>>;

async function errorOf(rpc: Rpc, payer: string, transfer: Parameters<typeof trialOf>[3]) {
  const offer = { unitLimit: unitLimitOf(transfer), unitPrice: 0n };
  const message = trialOf(payer, anyBlockhash, offer, transfer);
  const wire = Buffer.from(transactionOf(message, noSignature)).toString('base64');
  const options = { encoding: 'base64', commitment: 'confirmed', sigVerify: false };
  const replaced = { ...options, replaceRecentBlockhash: true };
  const { value } = await rpc.ask(simulation, 'simulateTransaction', wire, replaced);
  return value.err;
}

/** The place of each account in the message of a trial: the payer first, and then what is paid. */
const payeeIndex = 1;

function blameOf(error: TransactionError, mint: string | null): Refusal {
  if (error === 'AccountNotFound' || error === 'InsufficientFundsForFee')
    return us(mint === null ? 'treasury-short' : 'gas-short');
  if (typeof error === 'string') return us('transfers-refused');
  const rent = error['InsufficientFundsForRent'];
  if (typeof rent === 'object' && rent !== null && 'account_index' in rent)
    // An account that does not exist yet has to be paid what lets it exist.
    return rent.account_index === payeeIndex && mint === null
      ? payee('amount-now')
      : us('treasury-short');
  const [, reason] = Array.isArray(error['InstructionError']) ? error['InstructionError'] : [];
  // The system program's "ResultWithNegativeLamports": the treasury has too few of them.
  const isShort = typeof reason === 'object' && reason !== null && reason.Custom === 1;
  if (isShort) return us(mint === null ? 'treasury-short' : 'gas-short');
  return us('transfers-refused');
}
