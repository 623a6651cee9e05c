/** 6-settle: a final payout spends its hold, and the conversion's fee with it. */
import { subtract } from '../kernel/money.ts';
import type { Posting } from '../ledger/ledger.ts';
import { moveTo } from '../withdrawal/withdrawal.ts';
import { type End, type EndingWorld, makeEnding } from './holds.ts';

const spend: End = (from, now) => {
  if (from.stage !== 'confirmed') return null;
  const {
    id: sourceId,
    amount,
    payout,
    fee,
    attempts,
    txId,
    readFrom,
    place,
    confirmations,
  } = from;
  const facts = { payout, fee, attempts, txId, readFrom, place, confirmations };
  const paid: Posting = { kind: 'PAYOUT', amount: subtract(amount, fee), sourceId };
  const postings: Posting[] = fee > 0n ? [paid, { kind: 'FEE', amount: fee, sourceId }] : [paid];
  return { from, postings, to: moveTo(from, 'settled', facts, now), paid: true };
};

export const makeSettle = makeEnding<EndingWorld>(spend);
