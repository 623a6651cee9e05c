/** How a withdrawal leaves the stages `refunding` and `review`. */
import type { Instant } from '../kernel/time.ts';
import { type Failure, type In, moveTo, type Stage, type Withdrawal } from './withdrawal.ts';

export const byClient: Failure = {
  code: 'CANCELLED_BY_CLIENT',
  message: 'The client cancelled the withdrawal.',
  retryable: false,
};

/** The end of a refund: `cancelled` when the client cancelled, else `refunded`. */
export function givenBack(from: In<'refunding'>, now: Instant): Withdrawal {
  const { failure, proof } = from;
  const stage = failure.code === byClient.code ? 'cancelled' : 'refunded';
  return moveTo(from, stage, { failure, proof }, now);
}

/** Out of REVIEW, back to a stage whose step asks again before it sends. Throws for other stages and missing facts. */
export function backTo(
  stage: Stage,
  { refundFor, proof, ...held }: Omit<In<'review'>, 'failure' | 'heldFrom'>,
  now: Instant,
  detail: string,
): Withdrawal {
  if (stage === 'refunding' && refundFor !== undefined && proof !== undefined)
    return moveTo(held, 'refunding', { failure: refundFor, proof }, now, detail);
  if (stage === 'converting') return moveTo(held, 'converting', {}, now, detail);
  if (stage === 'debiting') {
    const { journalId = null } = held;
    return moveTo(held, 'debiting', { journalId }, now, detail);
  }
  const { payout, fee, attempts, txId, readFrom } = held;
  if (stage === 'converted' && payout !== undefined && fee !== undefined)
    return moveTo(held, 'converted', { payout, fee }, now, detail);
  const signed =
    payout !== undefined && fee !== undefined && attempts !== undefined && readFrom !== undefined;
  if (stage !== 'broadcast' || !signed || txId === undefined)
    throw new Error(`${held.id} cannot go back to ${stage}`);
  return moveTo(held, 'broadcast', { payout, fee, attempts, txId, readFrom }, now, detail);
}
