/**
 * What becomes of a withdrawal that cannot go on: again later (contract, "Retries of a step"), given back, or to a person.
 * Only a failure that is proven harmless is ever retried or given back.
 */

import { journalPollMaxMs, retryDelaysSeconds, retryJitter } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import type { Proof } from './proof.ts';
import { type Failure, type In, moveTo, type Withdrawal } from './withdrawal.ts';

/** Milliseconds before retry number `retry` (1 is the first), spread by ±25 % so that a crowd does not come back at once. */
export function retryDelayMs(delaysSeconds: readonly number[], retry: number, dice: Dice): number {
  const seconds = delaysSeconds[Math.min(retry, delaysSeconds.length) - 1] ?? 0;
  return Math.round(seconds * 1_000 * (1 + retryJitter * (2 * dice.roll() - 1)));
}

/** The same withdrawal in the same stage, to be tried again later. */
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
    history: [...withdrawal.history, { stage: withdrawal.stage, at: now, attempt, detail: reason }],
  };
}

/** The same withdrawal, to be looked at again then: the provider is down, and that is not counted against it. */
export function waitFor<W extends Withdrawal>(
  withdrawal: W,
  until: Instant,
  now: Instant,
  dice: Dice,
): W {
  // Never before `until`, but however far off that is, not for ever.
  const waitMs = Math.min(until - now, journalPollMaxMs) * (1 + retryJitter * dice.roll());
  const nextAttemptAt = Math.round(now + waitMs) as Instant;
  return {
    ...withdrawal,
    version: withdrawal.version + 1,
    updatedAt: now,
    nextAttemptAt,
    dueAt: nextAttemptAt,
  };
}

/**
 * After a failure that is proven harmless: again later, or, when the retries are used up or the failure will not
 * pass, the money is given back. The caller commits the result on the withdrawal's version, and that condition
 * keeps the proof true.
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

/** What could not be proven either way: the money stays where it is, and a person decides. */
export function inReview(from: Withdrawal, message: string, now: Instant): In<'review'> {
  const failure: Failure = { code: 'OUTCOME_UNKNOWN', message, retryable: false };
  return moveTo(from, 'review', { failure, heldFrom: from.stage }, now, message);
}
