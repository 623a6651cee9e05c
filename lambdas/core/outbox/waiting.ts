/**
 * What withdrawals wait for now, as sweep has seen them: the metrics from which alarms are raised for as long as the wait lasts.
 * What is forgotten, by a new process or beyond `waitingKeptMax`, is seen again when it is next due.
 */
import type { OperationId } from '../kernel/ids.ts';
import {
  lostDoorbellMs,
  sweepEverySeconds,
  waitingKeptMax,
  withdrawalOldMs,
} from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import { stages } from '../withdrawal/withdrawal.ts';
import type { Due } from './doorbells.ts';
import { doorbellLateMs } from './limits.ts';

/** `late`: those whose change had rung nobody a while after it was made, since this was asked last. */
export type Waiting = { reasons: ReadonlyMap<WaitReason, number>; old: number; late: number };

type Seen = { reason: WaitReason | null; isOld: boolean; until: number };

/** Whether the relay should have rung for its last change by now. One that waits longer is stuck for another reason. */
function isLate({ stage, nextAttemptAt, updatedAt }: Due, now: Instant): boolean {
  const ms = now - updatedAt;
  return (
    nextAttemptAt === null && stages[stage].rings && ms >= lostDoorbellMs && ms < doorbellLateMs
  );
}

export function makeWaiting() {
  const seen = new Map<OperationId, Seen>();
  const late = new Set<OperationId>();
  return {
    /** Notes those that were looked at now. */
    note: (looked: readonly Due[], now: Instant): void => {
      for (const one of looked) {
        const { id, waits: reason = null, nextAttemptAt, createdAt } = one;
        if (isLate(one, now) && late.size < waitingKeptMax) late.add(id);
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
      const found = { reasons, old, late: late.size };
      late.clear();
      return found;
    },
  };
}
