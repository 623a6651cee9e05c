/**
 * A client no longer wants its withdrawal. Until a payout is signed that is still possible: the write that cancels is
 * conditional on the withdrawal's version, as the write that signs is, so one of the two is refused.
 */
import { uncounting } from './allowance.ts';
import type { Instant } from './ids.ts';
import type { Change, Clock, Store } from './ports.ts';
import { type Problem, refuse } from './problem.ts';
import { type Failure, type In, moveTo, type Withdrawal } from './withdrawal.ts';

export const byClient: Failure = {
  code: 'CANCELLED_BY_CLIENT',
  message: 'The client cancelled the withdrawal.',
  retryable: false,
};

/** What it becomes; the same withdrawal when it is cancelled already, or is about to be. */
export function cancelled(from: Withdrawal, now: Instant): Withdrawal | Problem {
  switch (from.stage) {
    case 'requested':
      return moveTo(from, 'cancelled', { failure: byClient }, now, byClient.message);
    case 'reserved':
    case 'converting':
    case 'converted':
      // USDC that was asked for meanwhile becomes stock of our treasury (reliability.md §4.10); the client's money is given back.
      return moveTo(
        from,
        'refunding',
        { failure: byClient, proof: { proof: 'never-sent' } },
        now,
        byClient.message,
      );
    case 'debiting': {
      // Whether the cash is taken is not known yet: it is given back when it was (brokerage-debit.ts).
      if (from.cancelRequested) return from;
      const line = { stage: from.stage, at: now, detail: byClient.message };
      return {
        ...from,
        version: from.version + 1,
        updatedAt: now,
        cancelRequested: true,
        history: [...from.history, line],
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

/** Where a refund ends: everything was given back. */
export const givenBack = (from: In<'refunding'>, now: Instant): Withdrawal =>
  moveTo(from, from.failure.code === byClient.code ? 'cancelled' : 'refunded', from, now);

const tooLate = refuse(
  'TOO_LATE_TO_CANCEL',
  'A withdrawal can be cancelled until its payout may exist, and not when it has ended.',
);

export const makeCancel = (store: Store, clock: Clock) => (id: Withdrawal['id']) =>
  decideAndCommit(store, id, (from) => {
    const to = cancelled(from, clock.now());
    if ('problem' in to || to === from) return { answer: to, changes: [] };
    const uncounted = to.stage === 'cancelled' ? uncounting([from]) : [];
    return { answer: to, changes: [{ change: 'withdrawal', from, to }, ...uncounted] };
  });

type Decision = {
  answer: Withdrawal | Problem;
  changes: readonly Change[];
  /** What to answer when a change other than that of the withdrawal was refused (by index). */
  refused?: (index: number) => Promise<Problem>;
};

/** Decides on what is true now and makes it so; decides anew when a step was faster. */
export async function decideAndCommit(
  store: Store,
  id: Withdrawal['id'],
  decide: (from: Withdrawal) => Decision,
): Promise<Withdrawal | Problem> {
  for (;;) {
    const [from] = await store.withdrawals([id]);
    if (from === undefined) throw new Error(`${id} is gone`);
    const { answer, changes, refused } = decide(from);
    if (changes.length === 0) return answer;
    const indexes = await store.commit(changes);
    if (indexes.length === 0) return answer;
    const other = indexes.find((index) => index > 0);
    if (!indexes.includes(0) && other !== undefined && refused !== undefined) return refused(other);
    // Each round that is refused means that the withdrawal has moved on, which it does a few times only.
  }
}
