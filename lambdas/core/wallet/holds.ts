/** How a hold ends: it is spent when the payout is final, and released when the payout can never be. */
import { subtract } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import type { Posting } from '../ledger/ledger.ts';
import { givenBack } from '../withdrawal/endings.ts';
import { type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';

export type Ending = {
  from: Withdrawal;
  postings: readonly Posting[];
  to: Withdrawal;
  /** What was not paid counts against no limit of the day any more. */
  paid: boolean;
};

/** How the hold of this withdrawal ends now; `null` when it does not, or when a brokerage has to get its cash back first. */
export function endOf(from: Withdrawal, now: Instant): Ending | null {
  if (from.stage === 'confirmed') return spent(from, now);
  if (from.stage !== 'refunding' || from.atBrokerage) return null;
  const { id: sourceId, amount } = from;
  const postings: Posting[] = [{ kind: 'RELEASE', amount, sourceId }];
  return { from, postings, to: givenBack(from, now), paid: false };
}

/** A final payout spends the hold, and the conversion's fee with it. */
function spent(from: In<'confirmed'>, now: Instant): Ending {
  const { id: sourceId, amount, payout, fee, attempts } = from;
  const { txId, readFrom, place, confirmations } = from;
  const facts = { payout, fee, attempts, txId, readFrom, place, confirmations };
  const paid: Posting = { kind: 'PAYOUT', amount: subtract(amount, fee), sourceId };
  const postings: Posting[] = fee > 0n ? [paid, { kind: 'FEE', amount: fee, sourceId }] : [paid];
  return { from, postings, to: moveTo(from, 'settled', facts, now), paid: true };
}
