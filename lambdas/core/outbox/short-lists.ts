/**
 * Reads a list that is short once in a pass, whatever parts of it are asked for: the young and each band (laps.ts) would be a
 * request each, and mostly there is next to nothing in any of them.
 */
import type { Instant } from '../kernel/time.ts';
import { later } from '../kernel/time.ts';
import type { Listed, ReadList } from './laps.ts';
import { shortListAgainMs, shortListMax } from './limits.ts';

/** A reader that is told when a pass begins, and answers as `read` would have at its first question. */
export function readShortOnce(read: ReadList): { read: ReadList; begin(now: Instant): void } {
  /** Which parts of lists were too long, and when. */
  const longSince = new Map<string, Instant>();
  let whole = new Map<string, Promise<readonly Listed[] | null>>();
  let pass = 0 as Instant;

  /** All of it up to now, the newest first; `null`: it is long. */
  async function readWhole(key: string, { list, shard }: Parameters<ReadList>[0]) {
    const since = longSince.get(key);
    if (since !== undefined && pass < later(since, shortListAgainMs)) return null;
    const all = { after: -1 as Instant, until: pass, newestFirst: true, from: null };
    const { found, next } = await read({ list, shard, ...all, limit: shortListMax });
    if (next === null) return found;
    longSince.set(key, pass);
    return null;
  }

  return {
    begin: (now) => {
      pass = now;
      whole = new Map();
    },
    read: async (range) => {
      const { after, until, limit, newestFirst } = range;
      if (range.from !== null || until > pass) return read(range);
      const key = `${range.list} ${range.shard}`;
      const asked = whole.get(key) ?? readWhole(key, range);
      whole.set(key, asked);
      const within = (await asked)?.filter(({ at }) => at > after && at <= until);
      // Only the list itself can say where what does not fit goes on.
      if (within === undefined || within.length > limit) return read(range);
      return { found: newestFirst ? within : within.toReversed(), next: null };
    },
  };
}
