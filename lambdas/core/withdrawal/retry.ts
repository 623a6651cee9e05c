/**
 * What becomes of a withdrawal that cannot go on: it is retried later, its money is given back, or it goes to REVIEW. Only
 * a failure that is proven harmless is retried or leads to a refund.
 */
import { journalPollMaxMs, retryDelaysSeconds, retryJitter } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import type { Proof } from './proof.ts';
import { withLine } from './timeline.ts';
import { type WaitReason, waitReasons, waits } from './waits.ts';
import { type Failure, type In, moveTo, stages, type Withdrawal } from './withdrawal.ts';

/** Milliseconds before retry number `retry` (the first is 1), ±25 % at random so that many do not come back at once. */
export function retryDelayMs(delaysSeconds: readonly number[], retry: number, dice: Dice): number {
  const seconds = delaysSeconds[Math.min(retry, delaysSeconds.length) - 1] ?? 0;
  return Math.round(seconds * 1_000 * (1 + retryJitter * (2 * dice.roll() - 1)));
}

/** The withdrawal in the same stage, to be retried after a delay that grows with each retry. */
function retryLater(withdrawal: Withdrawal, reason: string, now: Instant, dice: Dice): Withdrawal {
  const attempt = withdrawal.stageRetries + 1;
  const nextAttemptAt = (now + retryDelayMs(retryDelaysSeconds, attempt, dice)) as Instant;
  return {
    ...withdrawal,
    version: withdrawal.version + 1,
    updatedAt: now,
    retryCount: withdrawal.retryCount + 1,
    stageRetries: attempt,
    nextAttemptAt,
    dueAt: nextAttemptAt,
    history: withLine(withdrawal.history, {
      stage: withdrawal.stage,
      at: now,
      attempt,
      detail: reason,
    }),
  };
}

/**
 * The withdrawal, to be looked at again at `until` or soon after. This does not count as a retry. The reason becomes a line of
 * the timeline, once for as long as the withdrawal waits for the same.
 */
export function waitFor<W extends Withdrawal>(
  withdrawal: W,
  until: Instant,
  reason: WaitReason,
  now: Instant,
  dice: Dice,
): W {
  if (stages[withdrawal.stage].step === null)
    throw new Error(`${withdrawal.id} is ${withdrawal.stage} and waits for nothing`);
  // Not before `until`, unless that is further off than `journalPollMaxMs`.
  const soonMs = Math.min(until - now, journalPollMaxMs);
  const waitMs =
    Math.max(soonMs, patienceMs(withdrawal, reason, now)) * (1 + retryJitter * dice.roll());
  const nextAttemptAt = Math.round(now + waitMs) as Instant;
  return {
    ...withdrawal,
    version: withdrawal.version + 1,
    updatedAt: now,
    nextAttemptAt,
    dueAt: nextAttemptAt,
    history: withWait(withdrawal, reason, now),
  };
}

/** For so long nothing is left alone for longer than it must be: most outages are over by then. */
const patientAfterMs = 15 * 60_000;

/**
 * How long it is left alone at least, however soon it could be looked at: after a while, a quarter of the time for which it waits
 * for this already, up to what the reason allows. So an outage of a day with a million that wait costs each of them a look in an hour.
 */
function patienceMs({ history }: Withdrawal, reason: WaitReason, now: Instant): number {
  const last = history.at(-1);
  const { detail, patience } = waits[reason];
  const isSame = last?.attempt === 0 && last.detail === detail;
  return isSame ? Math.min(Math.max(now - last.at - patientAfterMs, 0) / 4, patience * 60_000) : 0;
}

/** The withdrawal after a wait: what it waited for is over, and it is where it was. */
export const waitsNoMore = <W extends Withdrawal>(withdrawal: W, now: Instant): W => ({
  ...withdrawal,
  version: withdrawal.version + 1,
  updatedAt: now,
  nextAttemptAt: null,
});

/** How often a wait within one stage is told of. Every write pays for all lines, and two providers may fail by turns for days. */
const waitLinesMax = 20;

function withWait(
  { history, stage }: Withdrawal,
  reason: WaitReason,
  at: Instant,
): Withdrawal['history'] {
  const { detail } = waits[reason];
  const last = history.at(-1);
  const isTold = last?.attempt === 0 && last.detail === detail;
  const inStage = history.length - history.findLastIndex((line) => line.attempt === undefined);
  if (isTold) return history;
  // The reason of now is always there: beyond so many it takes the place of the one before.
  const kept = inStage > waitLinesMax && last?.attempt === 0 ? history.slice(0, -1) : history;
  return withLine(kept, { stage, at, attempt: 0, detail });
}

/** What the withdrawal waits for now; `null`: it waits for nothing, or for its next retry. */
export function waitReasonOf({ history, nextAttemptAt }: Withdrawal): WaitReason | null {
  const last = history.at(-1);
  if (nextAttemptAt === null || last?.attempt !== 0) return null;
  return waitReasons.find((one) => waits[one].detail === last.detail) ?? null;
}

/**
 * The withdrawal after a failure that is proven harmless: it is retried later, or refunded when it has no retries left or
 * the failure is not retryable. The caller commits the result on the withdrawal's version, which keeps the proof true.
 */
export function retryOrRefund(
  withdrawal: In<'reserved' | 'converting' | 'converted'>,
  failure: Failure,
  proof: Proof,
  now: Instant,
  dice: Dice,
): Withdrawal {
  if (failure.retryable && withdrawal.stageRetries < withdrawal.maxRetries)
    return retryLater(withdrawal, failure.message, now, dice);
  return moveTo(withdrawal, 'refunding', { failure, proof }, now, failure.message);
}

/** The withdrawal in REVIEW: what became of it could not be proven, so its money stays where it is until a person decides. */
export function inReview(from: Withdrawal, message: string, now: Instant): In<'review'> {
  const failure: Failure = { code: 'OUTCOME_UNKNOWN', message, retryable: false };
  return moveTo(from, 'review', { failure, heldFrom: from.stage }, now, message);
}
