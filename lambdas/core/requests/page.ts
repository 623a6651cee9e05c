/** One page of a list: the items that fit the filters, newest first, and where the next page begins. */
import { pageLooksMax } from '../kernel/limits.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { isProblem, type Problem } from './problem.ts';

/** An item and its place in its list. Places are compared as text, and a newer item has a greater place. */
export type Placed<T> = { place: string; item: T };

/** At most `count` items before a place (`null`: from the newest on), newest first. Fewer mean that there are no more. */
export type Source<T> = (before: string | null, count: number) => Promise<Placed<T>[]>;

export type Page<T> = { data: T[]; nextCursor: string | null };

/** One page, or INVALID_CURSOR. After `pageLooksMax` items a page ends early: it may be short and still have a next one. */
export async function pageOf<T>(
  list: unknown,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  source: Source<T>,
  fits: (item: T) => boolean = () => true,
): Promise<Page<T> | Problem> {
  const start = decodeCursor(list, cursor);
  if (isProblem(start)) return start;
  const found: Placed<T>[] = [];
  const answer = (more: string | null): Page<T> => ({
    data: found.map(({ item }) => item),
    nextCursor: more === null ? null : encodeCursor(list, more),
  });
  let before = start.position;
  for (let looked = 0; looked < pageLooksMax; ) {
    // One more than the page holds is read, to know whether there is a next page.
    const count = limit + 1;
    const batch = await source(before, count);
    for (const placed of batch) {
      if (!fits(placed.item)) continue;
      if (found.length === limit) return answer(found.at(-1)?.place ?? null);
      found.push(placed);
    }
    if (batch.length < count) return answer(null);
    before = batch.at(-1)?.place ?? null;
    looked += batch.length;
  }
  return answer(before);
}
