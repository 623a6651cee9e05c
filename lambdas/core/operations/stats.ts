/** What is counted of withdrawals as they change: statistics read counters, and no withdrawals. */
import { sha256 } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import { hasEnded } from '../withdrawal/waiting.ts';
import { type Stage, stages } from '../withdrawal/withdrawal.ts';

export const countNames = ['succeeded', 'failed', 'cancelled', 'inFlight', 'retries'] as const;
export type Counts = Readonly<Record<(typeof countNames)[number], number>>;
export const noCounts: Counts = { succeeded: 0, failed: 0, cancelled: 0, inFlight: 0, retries: 0 };

/** One version of a withdrawal, as far as it counts. */
export type Counted = { stage: Stage; retryCount: number };
/** A change that counts. `id` is the change's own, the same whenever it is told again; `second` and `part`: when it was made. */
export type Change = Place & { id: string; counts: Counts };

/** So many letters, of six bits each, tell the changes of one second from each other: of 6,000 in each, one in billions is lost. */
const changeIdLength = 7;
/** The id of the change that a record of the stream tells of. The record's own id stays, however often and in whichever batch it comes. */
export const changeIdOf = (recordId: string): string =>
  Buffer.from(sha256(recordId), 'hex').toString('base64url').slice(0, changeIdLength);

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

/** The counters stand in so many parts with partitions of their own. Whoever shows them reads all of them. */
export const parts = 16;
/** Each sixteenth of a second has a part: what came together is counted together, and many a second are spread over all. */
export const partAt = (at: Instant): number => Math.floor((parts * (at % 1_000)) / 1_000);
/** So many windows each part has: a change that is told again within as many seconds is counted once. */
export const windows = 256;

/**
 * Where changes of one moment are counted. It follows from the change and not from who counts it, so whoever is told the change again
 * finds the same window. A window keeps the counts of all its seconds, and which changes of the newest are in them.
 */
export type Place = { part: number; second: number };
export const windowOf = ({ second }: Pick<Place, 'second'>): number => second % windows;
/** Changes that are counted at one place by one write. */
export type Bundle = Place & { changes: readonly Change[] };
/** Each of them is one condition of the write, and DynamoDB takes 300 operators (guide, "Service quotas": expression parameters). */
const bundleMax = 60;

export function bundlesOf(changes: readonly Change[]): Bundle[] {
  const once = [...new Map(changes.map((one) => [`${one.second} ${one.id}`, one])).values()];
  const together = Map.groupBy(once, ({ second, part }) => `${second} ${part}`);
  return [...together.values()].flatMap((all): Bundle[] => {
    const [{ second, part }] = all as [Change];
    return Array.from({ length: Math.ceil(all.length / bundleMax) }, (_, nth) => ({
      ...{ part, second },
      changes: all.slice(nth * bundleMax, (nth + 1) * bundleMax),
    }));
  });
}

/** What stands at a place: the newest second that was counted there, and its changes, with those that came after their own window. */
export type Window = { second: number; seen: ReadonlySet<string> };

/**
 * What is left to count, and whether the window begins anew with it: then what it has seen is of a second that nobody tells of any
 * more. A change of a second that the window has left came late and is counted.
 */
export function leftOf(
  { second, changes }: Bundle,
  there: Window | null,
): { opens: boolean; changes: readonly Change[] } {
  if (there === null || second > there.second) return { opens: true, changes };
  return { opens: false, changes: changes.filter(({ id }) => !there.seen.has(id)) };
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
