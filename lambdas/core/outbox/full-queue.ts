/**
 * Tells a full queue of 4-broadcast from lost doorbells. What waits to be signed moves only when a message names it. So one that was
 * signed after more time than a doorbell takes, without a ring of sweep, had its message in the queue all the time.
 */
import { lostDoorbellMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import { stepFor } from '../withdrawal/withdrawal.ts';
import { lostForSureMs, lostRungPerSecond } from './limits.ts';
import type { Due } from './patience.ts';

export type FullQueue = {
  /** A pass begins, so long after the last one. Behind a gap, which another worker may have filled, what is older says nothing. */
  begin(now: Instant, sinceLastMs: number): void;
  /** Shows it one that was looked at. */
  note(one: Pick<Due, 'id' | 'history'>): void;
  /** Until when one that is due is not to be rung for, because it most likely waits in a full queue; `null`: it is rung for now. */
  heldUntil(one: Due, now: Instant): Instant | null;
  /** What this pass has rung for was not sent. */
  notSent(now: Instant): void;
};

/** Whoever has waited longer between two passes does not know what was rung for meanwhile. */
const gapMs = 2 * lostDoorbellMs;

export function watchQueue(passMs: number): FullQueue {
  const rungAt = new Map<string, Instant>();
  /** Since when there has been no gap between passes. */
  let watchedSince: Instant | null = null;
  /** When the last one has come out of the queue late by itself. */
  let lateAt: Instant | null = null;
  let spare = 0;

  return {
    begin: (now, sinceLastMs) => {
      const isGap = watchedSince === null || sinceLastMs > gapMs;
      if (isGap) watchedSince = now;
      spare = Math.ceil(((isGap ? passMs : sinceLastMs) / 1_000) * lostRungPerSecond);
      for (const [id, at] of rungAt) if (now > later(at, 2 * lostForSureMs)) rungAt.delete(id);
    },
    note: ({ id, history }) => {
      const wait = waitIn(history);
      if (wait === null || watchedSince === null || wait.from < watchedSince) return;
      const isOwn = (rungAt.get(id) ?? 0) >= wait.from;
      if (isOwn || wait.until <= later(wait.from, lostDoorbellMs)) return;
      if (lateAt === null || lateAt < wait.until) lateAt = wait.until;
    },
    heldUntil: (one, now) => {
      if (!isQueued(one)) return null;
      const last = rungAt.get(one.id);
      const isRung = last !== undefined && last >= one.updatedAt;
      const surelyAt = later(isRung ? last : one.updatedAt, lostForSureMs);
      const isFull = lateAt !== null && now < later(lateAt, lostForSureMs);
      if (isFull && now < surelyAt) {
        if (isRung || spare < 1) return surelyAt;
        spare -= 1;
      }
      rungAt.set(one.id, now);
      return null;
    },
    notSent: (now) => {
      for (const [id, at] of rungAt) if (at === now) rungAt.delete(id);
    },
  };
}

/** One that is to be tried again has a time of its own. */
const isQueued = (one: Due): boolean =>
  isToBeSigned(one.stage) && one.nextAttemptAt === null && stepFor(one) === 'broadcast';

const isToBeSigned = (stage: Due['stage'] | undefined): boolean =>
  stage === 'reserved' || stage === 'converted';

/** How long it waited to be signed, if it was. */
function waitIn(history: Due['history']): { from: Instant; until: Instant } | null {
  const index = history.findLastIndex(({ stage }) => stage === 'signed');
  const [before, signed] = [history[index - 1], history[index]];
  if (before === undefined || signed === undefined || !isToBeSigned(before.stage)) return null;
  return { from: before.at, until: signed.at };
}
