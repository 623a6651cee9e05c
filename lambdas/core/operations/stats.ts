/** What is counted of withdrawals as they change: statistics read counters, and no withdrawals. */
import type { Instant } from '../kernel/time.ts';
import { hasEnded } from '../withdrawal/waiting.ts';
import { type Stage, stages } from '../withdrawal/withdrawal.ts';

export const countNames = ['succeeded', 'failed', 'cancelled', 'inFlight', 'retries'] as const;
export type Counts = Readonly<Record<(typeof countNames)[number], number>>;
export const noCounts: Counts = { succeeded: 0, failed: 0, cancelled: 0, inFlight: 0, retries: 0 };

/** One version of a withdrawal, as far as it counts. */
export type Counted = { stage: Stage; retryCount: number };
/** A change that counts. `id` is the change's own, the same whenever it is told again; `second`: when it was made. */
export type Change = { id: string; second: number; counts: Counts };

function isCountedAs({ stage }: Counted): Omit<Counts, 'retries'> {
  // A stage of newer code is none of the ends that this code knows.
  const status = Object.hasOwn(stages, stage) ? stages[stage].status : 'PROCESSING';
  const one = (holds: boolean): number => Number(holds);
  return {
    succeeded: one(status === 'COMPLETED'),
    failed: one(status === 'FAILED'),
    cancelled: one(status === 'CANCELLED'),
    inFlight: one(status === 'PROCESSING' || !hasEnded({ stage })),
  };
}

/** What a change adds: one that was FAILED and is taken up again is in flight, and failed no more. */
export function countsOf(before: Counted | null, after: Counted): Counts {
  const from = before === null ? noCounts : isCountedAs(before);
  const to = isCountedAs(after);
  return {
    succeeded: to.succeeded - from.succeeded,
    failed: to.failed - from.failed,
    cancelled: to.cancelled - from.cancelled,
    inFlight: to.inFlight - from.inFlight,
    retries: Math.max(0, after.retryCount - (before?.retryCount ?? 0)),
  };
}

export const isNothing = (counts: Counts): boolean =>
  countNames.every((name) => counts[name] === 0);

export const sumOfCounts = (all: readonly Counts[]): Counts =>
  Object.fromEntries(
    countNames.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)]),
  ) as Counts;

/**
 * The changes of one second, and of all seconds before it that had the same window. `seen` are those of the present second: the
 * stream may tell a change twice, whole batches or parts of them, and mostly does so within moments.
 */
export type Window = { second: number; seen: readonly string[]; counts: Counts };

/** How many windows there are: a change that is told again within as many seconds is counted once. */
export const windows = 256;
export const windowOf = (second: number): number => second % windows;

/** The window with these changes of one second; `null`: all of them are counted already. */
export function counted(
  window: Window | null,
  second: number,
  changes: readonly Change[],
): Window | null {
  const isNewer = window === null || second > window.second;
  const isLate = window !== null && second < window.second;
  const seen = isNewer ? [] : window.seen;
  // What comes so late was held up before it was ever counted. Nobody knows any more, and to leave it out would be the likelier error.
  const fresh = isLate ? changes : changes.filter(({ id }) => !seen.includes(id));
  if (fresh.length === 0) return null;
  return {
    second: isLate ? window.second : second,
    seen: isLate ? seen : [...seen, ...fresh.map(({ id }) => id)],
    counts: sumOfCounts([window?.counts ?? noCounts, ...fresh.map(({ counts }) => counts)]),
  };
}

/** The port of the counters. */
export type StatsStore = {
  /** Counts each change once. */
  count(changes: readonly Change[]): Promise<void>;
  total(): Promise<Counts>;
  /** With when the newest change of them was made, to the second; `null`: none was ever counted. */
  soFar(): Promise<{ counts: Counts; until: Instant | null }>;
};

/** The numbers as operators see them. */
export const statsOf = (counts: Counts) => {
  const { succeeded, failed, cancelled, retries } = counts;
  const decided = succeeded + failed;
  return {
    processed: decided + cancelled,
    ...{ succeeded, failed, retries },
    inFlight: Math.max(0, counts.inFlight),
    // Of outcomes alone: what waits, is tried again or is in REVIEW may yet be paid, and `processed` says how much is behind the rate.
    successRate: decided === 0 ? 1 : succeeded / decided,
  };
};
