/**
 * What withdrawals wait for now, as sweep has seen them: the metrics from which alarms are raised for as long as the wait lasts.
 * What is counted is looked at again each minute, however patient sweep is with it. What is forgotten, by a new process or
 * beyond `waitingKeptMax`, is seen again in the next lap.
 */
import type { OperationId } from '../kernel/ids.ts';
import { sweepEverySeconds, waitingKeptMax, withdrawalOldMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { hasEnded } from '../withdrawal/waiting.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import type { Onlooker } from './sweep.ts';

export type Waiting = { reasons: ReadonlyMap<WaitReason, number>; old: number };

type Seen = { reason: WaitReason | null; isOld: boolean; at: Instant };

export function makeWaiting(): Onlooker & { count(): Waiting } {
  /** In the order in which they were looked at. */
  const seen = new Map<OperationId, Seen>();
  return {
    wanted: (now, limit) => {
      const before = now - (sweepEverySeconds * 1_000) / 2;
      const wanted: OperationId[] = [];
      for (const [id, { at }] of seen) {
        if (at > before || wanted.length >= limit) break;
        wanted.push(id);
      }
      return wanted;
    },
    note: (asked, found, now) => {
      for (const id of asked) seen.delete(id);
      for (const one of found) {
        const { id, stage, createdAt, waits: reason = null } = one;
        // A person decides about what is in REVIEW: its alarm is another.
        if (hasEnded(one) || stage === 'review') continue;
        const isOld = now - createdAt > withdrawalOldMs;
        if ((reason === null && !isOld) || seen.size >= waitingKeptMax) continue;
        seen.set(id, { reason, isOld, at: now });
      }
    },
    /** How many wait for each reason, and how many are older than a withdrawal should be. */
    count: () => {
      const reasons = new Map<WaitReason, number>();
      let old = 0;
      for (const { reason, isOld } of seen.values()) {
        if (isOld) old += 1;
        if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      return { reasons, old };
    },
  };
}
