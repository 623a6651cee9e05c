/**
 * The slices of time in which long lists of transfers are read. Their bounds are the same for whoever asks, so look-ups share what one of
 * them has read, and each slice goes on where it was (docs/decisions/0079).
 */
import { onRampSettleMs, providerClockSkewMs } from '../../core/kernel/limits.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Transfer, TransferSeen } from '../../core/on-ramp/provider.ts';
import { begin, type Limits, noList, type Reading } from './calls.ts';

/** `isClosed`: nothing is added to it any more, but for what a list shows late. */
export type Slice = { from: number; to: number; isClosed: boolean };

const longMs = 10 * 60_000;
/** What is younger than a long slice comes in short ones, so that what is read anew at each visit is a minute and a half at most. */
const shortMs = 60_000;
/**
 * Neighbours overlap by so much on either side. It is not documented whether a bound is in, and whether the time by which a list is asked
 * for is the very one that a transfer shows.
 */
const overlapMs = providerClockSkewMs;
/** By then a transfer of the slice is listed, by any clock. A look-up that comes earlier reads it anew. */
const closedAfterMs = providerClockSkewMs + onRampSettleMs;

/** The slices that have all of [from, to], the oldest first: the first may begin before it, and the last is still open. */
export function slicesOf(from: number, to: number, now: number): Slice[] {
  const slices: Slice[] = [];
  let at = from - (from % shortMs);
  const add = (length: number): void => {
    slices.push({ from: at - overlapMs, to: at + length + overlapMs, isClosed: true });
    at += length;
  };
  const isClosed = (length: number): boolean => at + length + closedAfterMs <= now;
  while (at < to && isClosed(shortMs))
    add(at % longMs === 0 && at + longMs <= to && isClosed(longMs) ? longMs : shortMs);
  if (at < to || slices.length === 0)
    slices.push({ from: Math.max(at - overlapMs, from), to, isClosed: false });
  return slices;
}

/** What is known of a list: its transfers, and what can be read of those that cannot be read as a whole. */
export type Listed = { read: Transfer[]; unread: TransferSeen[] };
export const rowsOf = ({ read, unread }: Listed): number => read.length + unread.length;
export type Begun = Reading & Listed & { begunAt: number };
export const beginAt = (begunAt: number): Begun => ({ ...begin(), read: [], unread: [], begunAt });

type Kept = { whole: Begun | null; going: Begun | null; usedAt: number; turn: Promise<unknown> };
const sizeOf = ({ whole, going }: Kept): number =>
  (whole === null ? 0 : rowsOf(whole)) + (going === null ? 0 : rowsOf(going));
export type ReadOn = (begun: Begun, slice: Slice, limits: Limits) => Promise<Answer<null>>;

/**
 * Keeps what was read of closed slices, up to `rowsMax` rows: beyond that those are forgotten that were not asked for for longest. What a
 * look-up gets was begun no earlier than it says, for states change, and a list may show late what it has.
 */
export function keptSlices(
  readOn: ReadOn,
  { rowsMax, keptMs }: { rowsMax: number; keptMs: number },
  now: () => number,
) {
  const kept = new Map<string, Kept>();

  const forget = (but: Kept): void => {
    let rows = 0;
    // The last in the map was asked for last.
    for (const [key, one] of [...kept].reverse()) {
      rows += sizeOf(one);
      const isTooMuch = rows > rowsMax && one !== but;
      if (isTooMuch || one.usedAt + keptMs < now()) kept.delete(key);
    }
    if (sizeOf(but) > rowsMax) but.going = null;
  };

  async function goOn(
    one: Kept,
    slice: Slice,
    since: number,
    limits: Limits,
  ): Promise<Answer<Listed>> {
    // What was begun too early is read to its end all the same, for others wait for it; then it is begun anew.
    for (let readings = 0; readings < 3; readings += 1) {
      if (one.whole !== null && one.whole.begunAt >= since) return { ok: true, value: one.whole };
      one.going ??= beginAt(now());
      const { going } = one;
      const answer = await readOn(going, slice, limits);
      if (going.is === 'whole') [one.whole, one.going] = [going, null];
      if (going.is === 'spoilt') one.going = null;
      forget(one);
      if (!answer.ok) return answer;
    }
    return noList('a list that is older than asked for');
  }

  return async (slice: Slice, since: number, limits: Limits): Promise<Answer<Listed>> => {
    if (!slice.isClosed) {
      const begun = beginAt(now());
      const answer = await readOn(begun, slice, limits);
      return answer.ok ? { ok: true, value: begun } : answer;
    }
    const key = `${slice.from}-${slice.to}`;
    const one = kept.get(key) ?? { whole: null, going: null, usedAt: 0, turn: Promise.resolve() };
    one.usedAt = now();
    kept.delete(key);
    kept.set(key, one);
    // Look-ups run side by side, and one page follows another.
    const answer = one.turn.then(() => goOn(one, slice, since, limits));
    one.turn = answer.catch(() => undefined);
    return answer;
  };
}
