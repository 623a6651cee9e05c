/** The slow scan of sweep for what is open and in none of its lists. Nothing that current code writes is, so it finds what old code left. */
import type { Instant } from '../kernel/time.ts';
import type { Place } from './laps.ts';
import { scanEveryMs, scanMendedMax } from './limits.ts';

type Row = Record<string, unknown>;
export type Unlisted = {
  /** The next page of the table: what is open there and not listed, and where it goes on; `null`: that was the last. */
  page(from: Place | null): Promise<{ rows: readonly Row[]; next: Place | null }>;
  /** Where the page goes on behind this row. */
  placeOf(row: Row): Place;
  /** Lists it, unless it was changed meanwhile, or is no row that anybody can read. */
  mend(row: Row, now: Instant): Promise<'listed' | 'changed' | 'unreadable'>;
};

/** How far the scan is; `place` is `null` while it rests until its next beginning. */
export type Scanned = { began: Instant; place: Place | null; isUnderway: boolean };

/**
 * Reads one page if it is time, and lists what it finds, but for what is more than `scanMendedMax`: that is next. It goes on behind
 * rows that cannot be read, and answers where they are.
 */
export async function scanOn(
  unlisted: Unlisted,
  scanned: Scanned | null,
  now: Instant,
): Promise<{ scanned: Scanned; mended: number; unreadable: readonly Place[] }> {
  const rests = scanned !== null && !scanned.isUnderway;
  if (rests && now < scanned.began + scanEveryMs) return { scanned, mended: 0, unreadable: [] };
  const began = scanned === null || rests ? now : scanned.began;
  const from = scanned === null || rests ? null : scanned.place;
  const { rows, next } = await unlisted.page(from);
  const some = rows.slice(0, scanMendedMax);
  let mended = 0;
  const unreadable: Place[] = [];
  for (const row of some) {
    const end = await unlisted.mend(row, now);
    if (end === 'listed') mended += 1;
    if (end === 'unreadable') unreadable.push(unlisted.placeOf(row));
  }
  const last = some.at(-1);
  const place = rows.length > some.length && last !== undefined ? unlisted.placeOf(last) : next;
  return { scanned: { began, place, isUnderway: place !== null }, mended, unreadable };
}
