/** What a withdrawal that has not ended waits for, as operators see it. */
import { type Step, steps } from '../kernel/steps.ts';
import type { Instant } from '../kernel/time.ts';
import { waitReasonOf } from './retry.ts';
import { type WaitReason, waitReasons } from './waits.ts';
import { stages, stepFor, type TimelineEvent, type Withdrawal } from './withdrawal.ts';

/**
 *   a wait of core/withdrawal/waits.ts   what is told to its client
 *   retry                                the next try of a step whose last one failed harmlessly
 *   review                               a person
 *   the name of a step                   nothing unusual: this step is to act, or asks the outside world how far it is
 */
export type WaitingReason = WaitReason | 'retry' | 'review' | Step;
export const waitingReasons: readonly WaitingReason[] = [
  ...waitReasons,
  'retry',
  'review',
  ...steps.filter((step) => !step.startsWith('webhook')),
];

export type WaitingFor = { reason: WaitingReason; since: Instant; until: Instant | null };

export const hasEnded = ({ stage }: Pick<Withdrawal, 'stage'>): boolean =>
  stages[stage].step === null && stage !== 'review';

/** What it waits for, since when, and until when at most it is left alone; `null`: it has ended. */
export function waitingFor(withdrawal: Withdrawal): WaitingFor | null {
  const { stage, history, nextAttemptAt, createdAt } = withdrawal;
  if (hasEnded(withdrawal)) return null;
  const lines = history.slice(history.findLastIndex((line) => line.stage !== stage) + 1);
  const entered = lines[0]?.at ?? createdAt;
  if (stage === 'review') return { reason: 'review', since: entered, until: null };
  if (nextAttemptAt === null) {
    const step = stepFor(withdrawal);
    return step && { reason: step, since: entered, until: null };
  }
  const reason = waitReasonOf(withdrawal);
  // The line of a wait is written once, when it begins; each retry has a line of its own.
  if (reason !== null) return { reason, since: lines.at(-1)?.at ?? entered, until: nextAttemptAt };
  const before = lines.findLastIndex((line) => !isRetry(line));
  return { reason: 'retry', since: lines[before + 1]?.at ?? entered, until: nextAttemptAt };
}

const isRetry = ({ attempt = 0 }: TimelineEvent): boolean => attempt > 0;
