/** One page of a list: the items that fit the filters, in the list's order, and where the next page begins. */
import { pageBytesMax, pageLooksMax, pageMax } from '../kernel/limits.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { isProblem, type Problem } from './problem.ts';

/**
 * An item and its place in its list. Places are compared as text, and a newer item has a greater place. `item` is `null` where
 * only newer code can read it: it is passed over, for during a deployment or after a rollback it is no fault of the list.
 */
export type Placed<T> = { place: string; item: T | null };

/**
 * At most `count` items before a place (`null`: from the newest on), newest first; of a list that begins with the oldest, those
 * behind it. Fewer mean that there are no more.
 */
export type Source<T> = (before: string | null, count: number) => Promise<Placed<T>[]>;

export type Page<T> = { data: T[]; nextCursor: string | null };

/** What a list is made of: the items that fit, and how a client sees each. */
export type Listing<T, Shown> = {
  source: Source<T>;
  fits?: (item: T) => boolean;
  show: (item: T) => Shown;
};

/**
 * One page, or INVALID_CURSOR. A page ends early after `pageLooksMax` items, and before an item with which it would be larger
 * than `pageBytesMax`: it may be short and still have a next one.
 */
export async function pageOf<T, Shown>(
  list: unknown,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  { source, fits = () => true, show }: Listing<T, Shown>,
): Promise<Page<Shown> | Problem> {
  const start = decodeCursor(list, cursor);
  if (isProblem(start)) return start;
  const data: Shown[] = [];
  let last: string | null = null;
  let bytes = 0;
  const answer = (more: string | null): Page<Shown> => ({
    data,
    nextCursor: more === null ? null : encodeCursor(list, more),
  });
  let before = start.position;
  // One more than the page holds is read, to know whether there is a next page.
  let count = limit + 1;
  for (let looked = 0; looked < pageLooksMax; ) {
    const batch = await source(before, count);
    for (const { place, item } of batch) {
      if (item === null || !fits(item)) continue;
      if (data.length === limit) return answer(last);
      const shown = show(item);
      bytes += bytesInAnswer(shown);
      if (bytes > pageBytesMax && data.length > 0) return answer(last);
      data.push(shown);
      last = place;
    }
    if (batch.length < count) return answer(null);
    before = batch.at(-1)?.place ?? null;
    looked += batch.length;
    // Where few fit, a small page takes no more requests than a large one.
    count = Math.max(count, Math.min(2 * count, pageMax));
  }
  return answer(before);
}

/** The answer is JSON, and a string in the JSON that the function returns: there, quotes and backslashes take more room. */
const bytesInAnswer = (shown: unknown): number =>
  Buffer.byteLength(JSON.stringify(JSON.stringify(shown)));
