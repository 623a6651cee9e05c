/**
 * Tells a full queue from lost doorbells. What is to be signed or sent moves only when a message names it, so one that has waited for
 * longer than a doorbell takes, and has then moved without a ring of sweep, had its message in the queue all the time.
 */
import { lostDoorbellMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import { stepFor } from '../withdrawal/withdrawal.ts';
import { lostForSureMs } from './limits.ts';
import { type Due, waitsForStep } from './patience.ts';

/** Whether it waits in the queue of 4-broadcast, unless its doorbell is lost. */
export const isQueued = (one: Due): boolean => waitsForStep(one) && stepFor(one) === 'broadcast';

export type QueueWatch = {
  /** Shows it one that was looked at, and when sweep has last rung for it. */
  note(one: Due, rungAt: Instant | undefined, now: Instant): void;
  /** Whether one has come out of the queue so late within the last minute. */
  isFull(now: Instant): boolean;
  /** Forgets what has not been looked at for long. */
  forget(now: Instant): void;
};

export function watchQueue(): QueueWatch {
  const waiting = new Map<string, { since: Instant; seenAt: Instant }>();
  let lateAt: Instant | null = null;
  return {
    note: (one, rungAt, now) => {
      const before = waiting.get(one.id);
      if (isQueued(one)) waiting.set(one.id, { since: one.updatedAt, seenAt: now });
      else waiting.delete(one.id);
      if (before === undefined || before.since === one.updatedAt) return;
      const isOwn = rungAt !== undefined && rungAt >= before.since;
      if (!isOwn && one.updatedAt > later(before.since, lostDoorbellMs)) lateAt = now;
    },
    isFull: (now) => lateAt !== null && now < later(lateAt, lostForSureMs),
    forget: (now) => {
      for (const [id, { seenAt }] of waiting)
        if (now > later(seenAt, 2 * lostForSureMs)) waiting.delete(id);
    },
  };
}
