/** When sweep rings for a withdrawal that has not moved, and for how long it leaves it alone after that. */
import { journalPollMaxMs, lostDoorbellMs, payoutStuckMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { isLed } from '../withdrawal/due.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import type { Stage, TimelineEvent, Withdrawal } from '../withdrawal/withdrawal.ts';
import { ledPatienceMs } from './limits.ts';

/** The stages that wait for the outside world, which is asked again and again, and the longest wait between, in ms. */
const polled: Partial<Record<Stage, number>> = {
  debiting: journalPollMaxMs,
  converting: lostDoorbellMs,
  broadcast: lostDoorbellMs,
  // Only a refund at a brokerage waits: for the journal that gives the cash back.
  refunding: journalPollMaxMs,
};

/** What sweep reads of a withdrawal: all of it would cost more. */
export type Due = Pick<
  Withdrawal,
  | 'id'
  | 'walletId'
  | 'atBrokerage'
  | 'stage'
  | 'nextAttemptAt'
  | 'updatedAt'
  | 'createdAt'
  | 'currency'
  | 'asset'
  | 'dueAt'
> & {
  history: readonly Pick<TimelineEvent, 'stage' | 'at'>[];
  payoutBatch?: string | undefined;
  waits?: WaitReason | undefined;
};

/** How long after its last change or ring a withdrawal is rung again, in ms. The longer it waits already, the longer. */
export function patienceMs(due: Due, now: Instant, pollMs: number): number {
  if (isLed(due)) return ledPatienceMs;
  const { stage, updatedAt } = due;
  const longestMs = polled[stage];
  if (longestMs === undefined) return lostDoorbellMs;
  return Math.max(pollMs, Math.min((now - updatedAt) / 4, longestMs));
}

/** When it is first rung after its last change: a payout, when it is to be final, if that is before it counts as stuck. */
export function firstRingAt({ stage, updatedAt, dueAt }: Due, patience: number): number {
  const isFinalSoon =
    stage === 'broadcast' &&
    dueAt !== null &&
    dueAt > updatedAt &&
    dueAt <= updatedAt + payoutStuckMs;
  return isFinalSoon ? dueAt : updatedAt + patience;
}

/** Whether a payout has been on its way for so long that 4-broadcast looks at it as well. */
export const isStuck = ({ stage, updatedAt }: Due, now: Instant): boolean =>
  stage === 'broadcast' && now - updatedAt > payoutStuckMs;
