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
  /** Lists it. False: it was changed meanwhile. */
  mend(row: Row, now: Instant): Promise<boolean>;
};

/** How far the scan is; `place` is `null` while it rests until its next beginning. */
export type Scanned = { began: Instant; place: Place | null; isUnderway: boolean };

/** Reads one page if it is time, and lists what it finds, but for what is more than `scanMendedMax`: that is next. */
export async function scanOn(
  unlisted: Unlisted,
  scanned: Scanned | null,
  now: Instant,
): Promise<{ scanned: Scanned; mended: number }> {
  const rests = scanned !== null && !scanned.isUnderway;
  if (rests && now < scanned.began + scanEveryMs) return { scanned, mended: 0 };
  const began = scanned === null || rests ? now : scanned.began;
  const from = scanned === null || rests ? null : scanned.place;
  const { rows, next } = await unlisted.page(from);
  const some = rows.slice(0, scanMendedMax);
  let mended = 0;
  for (const row of some) if (await unlisted.mend(row, now)) mended += 1;
  const last = some.at(-1);
  const place = rows.length > some.length && last !== undefined ? unlisted.placeOf(last) : next;
  return { scanned: { began, place, isUnderway: place !== null }, mended };
}
