/** Lists Due's transfers of a time: in one list, or slice by slice where one list is longer than one look reads. */
import { all } from '../../core/kernel/all.ts';
import { onRampListMs, onRampProofMs, onRampReviewMs } from '../../core/kernel/limits.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import { systemClock } from '../net/clock.ts';
import { type dueCalls, type Limits, limitsOf, noList, pagesIn } from './calls.ts';
import { createdAtOf, isOtherCorridor, Page, TransferShape, transferSeen } from './shapes.ts';
import {
  beginAt,
  keptSlices,
  type Listed,
  type ReadOn,
  rowsOf,
  type Slice,
  slicesOf,
} from './slices.ts';

const pageLimit = '100';
/** Whoever has the time of a whole report reads so many slices side by side. */
const lanesOf = (listMs: number): number => (listMs > onRampListMs ? 4 : 1);
/** So many transfers are kept, and for so long after they were asked for. Each takes some 530 bytes, and a function has 512 MB. */
const keptOf = (listMs: number) =>
  listMs > onRampListMs
    ? { rowsMax: 250_000, keptMs: 30 * 60_000 }
    : { rowsMax: 200_000, keptMs: onRampReviewMs };
/** A list of fewer pages is asked for as a whole once more when one of them was not answered. */
const longPagesMin = 10;
/** A transfer so far out of a slice is none of it, by whichever of its times the provider has listed it. */
const farOffMs = 10 * 60_000;
/** For so long it is remembered that a list was too long, and the next one is not tried in vain. */
const longKnownMs = 3_600_000;

/** How a list is read: no page of it was asked for longer than `noOlderThanMs` ago. Without a word it may be as far behind as a list may be. */
export type How = { withinMs?: number; noOlderThanMs?: number };

export function transferLists(
  { readOn }: Pick<ReturnType<typeof dueCalls>, 'readOn'>,
  listMs: number,
) {
  const lanes = lanesOf(listMs);
  const { rowsMax, keptMs } = keptOf(listMs);
  const read: ReadOn = (begun, slice, limits) => {
    const query = {
      limit: pageLimit,
      order: 'desc',
      startDate: new Date(slice.from).toISOString(),
      endDate: new Date(slice.to).toISOString(),
    };
    const take = (items: readonly unknown[]): void => {
      for (const row of items) keep(begun, slice, row);
    };
    return readOn(begun, { path: '/v1/transfers', query, page: Page, take }, limits);
  };
  const sliceOf = keptSlices(read, { rowsMax, keptMs }, () => systemClock.now());
  let wasCut = false;
  let long = { fromMs: Number.POSITIVE_INFINITY, until: 0 };

  async function atOnce(slice: Slice, limits: Limits) {
    const begun = beginAt(systemClock.now());
    const answer = await read(begun, slice, limits);
    const listed: Answer<Listed> = answer.ok ? { ok: true, value: begun } : answer;
    // Of many pages one may fail at each look, or time may run out before the last. Slices go on where they were.
    const isCut = begun.is === 'begun' && begun.next !== null;
    const isLate = limits.deadline.aborted || begun.cursors.size >= longPagesMin;
    const isLong = isCut && (isLate || wasCut);
    wasCut = isCut;
    return { listed, isLong };
  }

  async function inSlices(
    slices: readonly Slice[],
    since: number,
    limits: Limits,
  ): Promise<Answer<Listed>> {
    const listed: Listed[] = [];
    let failed: Answer<Listed> | null = null;
    const next = slices.values();
    const lane = async (): Promise<void> => {
      for (const slice of next) {
        if (failed !== null) return;
        const answer = await sliceOf(slice, since, limits);
        if (answer.ok) listed.push(answer.value);
        else failed ??= answer;
      }
    };
    await all(Array.from({ length: lanes }, lane));
    if (failed !== null) return failed;
    if (listed.reduce((sum, one) => sum + rowsOf(one), 0) > rowsMax)
      return noList('more transfers than fit into memory');
    const both = {
      read: listed.flatMap(({ read }) => read),
      unread: listed.flatMap(({ unread }) => unread),
    };
    return { ok: true, value: both };
  }

  /** Everything that was created in [from, to], perhaps with a little around it, and some of it twice. */
  return async (
    from: number,
    to: number,
    { withinMs = listMs, noOlderThanMs = onRampProofMs }: How,
  ): Promise<Answer<Listed>> => {
    if (withinMs <= 0) return noList('no time for a list');
    const now = systemClock.now();
    const slices = slicesOf(from, to, now);
    const since = now - noOlderThanMs;
    const isOne = slices.length === 1;
    const isKnownLong = now < long.until && to - from >= long.fromMs;
    if (isOne ? slices[0]?.isClosed : isKnownLong)
      return inSlices(slices, since, limitsOf(listMs, withinMs, pagesIn(listMs) * lanes));
    const limits = limitsOf(listMs, withinMs, pagesIn(onRampListMs));
    const { listed, isLong } = await atOnce({ from, to, isClosed: false }, limits);
    if (isOne || !isLong) return listed;
    // A shorter time may still have a short list.
    long = { fromMs: (to - from) / 2, until: now + longKnownMs };
    // Whoever does not answer is not asked for more at once.
    if (limits.pages > 0) return listed;
    const left = withinMs - (systemClock.now() - now);
    return inSlices(slices, since, limitsOf(listMs, left, pagesIn(listMs) * lanes));
  };
}

function keep({ read, unread }: Listed, { from, to }: Slice, row: unknown): void {
  // The window is applied here as well, because a provider may ignore it: roughly, for whoever asked knows what is in theirs.
  const at = createdAtOf(row);
  const isFarOff = at !== null && (at < from - farOffMs || at > to + farOffMs);
  if (isOtherCorridor(row) || isFarOff) return;
  const { success, data } = TransferShape.safeParse(row);
  if (success) read.push(data);
  else unread.push(transferSeen(row));
}
