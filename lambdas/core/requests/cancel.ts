/**
 * A client cancels its withdrawal, which is possible until a payout is signed: both the write that cancels and the write
 * that signs are conditional on the withdrawal's version, so one of the two is refused.
 */
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Store } from '../store/store.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { byClient } from '../withdrawal/endings.ts';
import { withLine } from '../withdrawal/timeline.ts';
import { moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { decideAndCommit } from './decide.ts';
import { type Problem, refuse } from './problem.ts';

/** The withdrawal after the cancellation: the same one when it is cancelled already, or about to be. */
export function cancelled(from: Withdrawal, now: Instant): Withdrawal | Problem {
  switch (from.stage) {
    case 'requested':
      return moveTo(from, 'cancelled', { failure: byClient }, now, byClient.message);
    case 'reserved':
    case 'converting':
    case 'converted':
      // The client's money is given back; USDC that the on-ramp was asked for stays in our treasury as stock.
      return moveTo(
        from,
        'refunding',
        { failure: byClient, proof: { proof: 'never-sent' } },
        now,
        byClient.message,
      );
    case 'debiting': {
      // It is not known yet whether the cash is taken: core/wallet/debit-at-brokerage.ts gives it back if it is.
      if (from.cancelRequested) return from;
      const line = { stage: from.stage, at: now, detail: byClient.message };
      return {
        ...from,
        version: from.version + 1,
        updatedAt: now,
        cancelRequested: true,
        history: withLine(from.history, line),
      };
    }
    case 'cancelled':
      return from;
    case 'refunding':
      return from.failure.code === byClient.code ? from : tooLate;
    case 'signed':
    case 'broadcast':
    case 'confirmed':
    case 'settled':
    case 'refunded':
    case 'rejected':
    case 'review':
      return tooLate;
    default:
      return from satisfies never;
  }
}

const tooLate = refuse(
  'TOO_LATE_TO_CANCEL',
  'A withdrawal can be cancelled until its payout may exist, and not when it has ended.',
);

/** Cancels a withdrawal that exists, or answers TOO_LATE_TO_CANCEL. */
export const makeCancel = (store: Store, clock: Clock) => (id: Withdrawal['id']) =>
  decideAndCommit(store, id, (from) => {
    const to = cancelled(from, clock.now());
    if ('problem' in to || to === from) return { answer: to, changes: [] };
    const uncounted = to.stage === 'cancelled' ? uncounting([from]) : [];
    return { answer: to, changes: [{ change: 'withdrawal', from, to }, ...uncounted] };
  });
