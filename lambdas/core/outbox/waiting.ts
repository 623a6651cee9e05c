/**
 * What withdrawals wait for now, as sweep has seen them: the metrics from which alarms are raised for as long as the wait lasts.
 * What is forgotten, by a new process or beyond `waitingKeptMax`, is seen again when it is next due.
 */
import type { OperationId } from '../kernel/ids.ts';
import { sweepEverySeconds, waitingKeptMax, withdrawalOldMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import type { Due } from './doorbells.ts';

export type Waiting = { reasons: ReadonlyMap<WaitReason, number>; old: number };

type Seen = { reason: WaitReason | null; isOld: boolean; until: number };

export function makeWaiting() {
  const seen = new Map<OperationId, Seen>();
  return {
    /** Notes those that were looked at now. */
    note: (looked: readonly Due[], now: Instant): void => {
      for (const { id, waits: reason = null, nextAttemptAt, createdAt } of looked) {
        seen.delete(id);
        const isOld = now - createdAt > withdrawalOldMs;
        if ((reason === null && !isOld) || seen.size >= waitingKeptMax) continue;
        // One that has moved on is looked at no more, or as what it is then.
        const until = Math.max(nextAttemptAt ?? now, now) + sweepEverySeconds * 1_000;
        seen.set(id, { reason, isOld, until });
      }
    },
    /** How many wait for each reason, and how many are older than a withdrawal should be. */
    count: (now: Instant): Waiting => {
      const reasons = new Map<WaitReason, number>();
      let old = 0;
      for (const [id, { reason, isOld, until }] of seen) {
        if (until < now) seen.delete(id);
        else {
          if (isOld) old += 1;
          if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
      return { reasons, old };
    },
  };
}
