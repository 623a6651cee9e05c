/**
 * How sweep reads the lists of what may be due: their youngest part at every pass, the rest in laps, one for each band of ages.
 * The older a band is, the longer its lap takes, up to an hour. So what has waited for long costs little however much it is,
 * nothing is written to let it wait, and what has just become due is read first.
 */
import type { DeliveryLane, ReplayId } from '../kernel/ids.ts';
import { dueShards, sweepYoungMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';

/**
 *   due         operations, by the time from which on a step is to look at them
 *   open        withdrawals that have not ended, by the time of their creation
 *   deliveries  deliveries and replays, by the time of their next attempt
 */
export type ListName = 'due' | 'open' | 'deliveries';
export type Listed = { id: string; at: Instant; lane?: DeliveryLane | ReplayId };
/** Where reading goes on: what the database says, and nothing of it is known here. */
export type Place = Record<string, unknown>;
/** What lies after `after` and up to `until` in one of the `dueShards` parts of a list. */
export type Range = {
  list: ListName;
  shard: number;
  after: Instant;
  until: Instant;
  newestFirst: boolean;
  from: Place | null;
  limit: number;
};
export type ReadList = (range: Range) => Promise<{ found: Listed[]; next: Place | null }>;

const minute = 60_000;
/** A band begins at an age and ends where the next begins; a lap through it begins no sooner than `everyMs` after the last. */
type Band = { fromMs: number; everyMs: number };
export const patienceMaxMs = 60 * minute;
export const bands: readonly Band[] = [
  { fromMs: sweepYoungMs, everyMs: minute / 4 },
  { fromMs: 4 * minute, everyMs: 45_000 },
  { fromMs: 16 * minute, everyMs: 3 * minute },
  { fromMs: 64 * minute, everyMs: 12 * minute },
  { fromMs: 256 * minute, everyMs: patienceMaxMs },
];
/** A lane of deliveries shows by its head alone when its time has come, so what lies behind is never left for long. */
export const deliveryBands: readonly Band[] = [{ fromMs: sweepYoungMs, everyMs: minute / 4 }];

/** A lap under way: where it is in each part of the list; `null`: at the beginning, `'done'`: at the end. */
export type Lap = { began: Instant; places: (Place | 'done' | null)[]; seen: number };
/** What is remembered of a band: the lap under way, when the last began, and how many it had; `null`: no lap was completed yet. */
export type Walked = { lap: Lap | null; lastBegan: Instant; lastSeen: number | null };

const shards = Array.from({ length: dueShards }, (_, shard) => shard);

/** The youngest part of a list, the newest first, at most `limit` of it. */
export async function readYoung(
  read: ReadList,
  list: ListName,
  now: Instant,
  until: Instant,
  limit: number,
): Promise<Listed[]> {
  const parts = await Promise.all(
    shards.map((shard) =>
      read({
        ...{ list, shard, until, limit, newestFirst: true, from: null },
        after: later(now, -sweepYoungMs),
      }),
    ),
  );
  const found = parts.flatMap((part) => part.found);
  return found.sort((a, b) => b.at - a.at).slice(0, limit);
}

/** One walker for each band of a list. `memory` is kept by the caller: losing it costs a lap that begins anew. */
export function makeLaps(read: ReadList, list: ListName, of: readonly Band[]) {
  const isDue = (walked: Walked | undefined, everyMs: number, now: Instant): boolean =>
    walked === undefined || walked.lap !== null || now >= walked.lastBegan + everyMs;

  async function walk(
    walked: Walked | undefined,
    index: number,
    now: Instant,
    limit: number,
  ): Promise<{ found: Listed[]; walked: Walked }> {
    const lap = walked?.lap ?? { began: now, places: shards.map(() => null), seen: 0 };
    const [band, next] = [of[index], of[index + 1]];
    if (band === undefined) throw new Error(`no band ${index}`);
    const after = next === undefined ? (-1 as Instant) : later(lap.began, -next.fromMs);
    const until = later(now, -band.fromMs);
    const open = lap.places.filter((place) => place !== 'done').length;
    const each = Math.max(1, Math.floor(limit / Math.max(1, open)));
    const parts = await Promise.all(
      lap.places.map(async (from, shard) => {
        if (from === 'done') return { found: [], next: 'done' as const };
        const range = { list, shard, after, until, newestFirst: false, from, limit: each };
        const part = await read(range);
        return { found: part.found, next: part.next ?? ('done' as const) };
      }),
    );
    const found = parts.flatMap((part) => part.found);
    const places = parts.map((part) => part.next);
    const seen = lap.seen + found.length;
    const isOver = places.every((place) => place === 'done');
    return {
      found,
      walked: {
        lap: isOver ? null : { began: lap.began, places, seen },
        lastBegan: lap.began,
        lastSeen: isOver ? seen : (walked?.lastSeen ?? null),
      },
    };
  }

  /**
   * Goes on with the laps that are under way or due, at most `limit` altogether. A lap is spread over its time by how many the one
   * before has met, but for the first: so whoever has just begun knows soon what there is. What a burst or an outage has left behind
   * must not be spread by how quiet it was before.
   */
  return async (
    memory: Map<string, Walked>,
    now: Instant,
    sinceLastMs: number,
    limit: number,
  ): Promise<Listed[]> => {
    const due = of.flatMap(({ everyMs }, index) => {
      const walked = memory.get(`${list} ${index}`);
      if (!isDue(walked, everyMs, now)) return [];
      const { lastSeen = null, lap = null } = walked ?? {};
      // One that has met more than was expected may be late: from then on it takes what it can get.
      const isLate = lap !== null && now >= later(lap.began, everyMs);
      const pace =
        lastSeen === null || isLate
          ? limit
          : 2 * dueShards + (2 * lastSeen * sinceLastMs) / everyMs;
      return [{ index, walked, pace: Math.ceil(pace) }];
    });
    const all: Listed[] = [];
    let [left, bandsLeft] = [limit, due.length];
    for (const { index, walked, pace } of due) {
      const share = Math.min(pace, Math.floor(left / bandsLeft));
      bandsLeft -= 1;
      if (share < 1) continue;
      const went = await walk(walked, index, now, share);
      memory.set(`${list} ${index}`, went.walked);
      left -= went.found.length;
      all.push(...went.found);
    }
    return all;
  };
}
