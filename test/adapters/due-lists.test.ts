/** Lists of Due's that are longer than one look reads: each look goes on, whatever their length and however many they are. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { limitsOf, noList } from '../../lambdas/adapters/due/calls.ts';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import { TransferShape } from '../../lambdas/adapters/due/shapes.ts';
import { keptSlices, slicesOf } from '../../lambdas/adapters/due/slices.ts';
import type { HttpReply } from '../../lambdas/adapters/net/http.ts';
import { reconcileListMs } from '../../lambdas/core/kernel/limits.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import { at } from '../support/things.ts';

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000];
const start = Date.UTC(2026, 2, 3, 14, 3, 20);
let now = start;
beforeEach(() => {
  now = start;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const config = { baseUrl: 'http://due', apiKey: 'k', accountId: 'acct_1' };
const iso = (ms: number): string => new Date(ms).toISOString();
type Row = { at: number; shownFrom: number; row: object };
const transferAt = (ms: number, n: number, currency = 'USDC'): Row => ({
  at: ms,
  shownFrom: ms,
  row: {
    id: `tf_${n}`,
    status: 'approved',
    source: { amount: '100.00', fee: '0.50', currency: 'USD', rail: 'ach' },
    destination: { amount: '99.50', fee: '0.00', currency, rail: 'ethereum', id: 'wlt_1' },
    createdAt: iso(ms),
  },
});
const answered = (status: number, body: unknown): HttpReply => ({
  reply: 'answered',
  status,
  headers: {},
  body,
});

/** Where the rows begin that are no younger, for the newest come first. */
function firstNotAfter(rows: readonly Row[], ms: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.at ?? 0) > ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A page may have fewer rows than are asked for. It is the pages that a look has so many of. */
const perPage = 10;
/** Due with transfers so far apart in the time before `start`, the newest first. */
function dueWith(count: number, apartMs: number, currency?: string) {
  const rows = Array.from({ length: count }, (_, n) =>
    transferAt(start - n * apartMs, n, currency),
  );
  const due = {
    rows,
    asked: 0,
    /** What is said instead of the nth answer, to who asks for this place. */
    instead: (_: number, __: string | null): HttpReply | null => null,
  };
  const request = async (_: string, url: string): Promise<HttpReply> => {
    const query = new URL(url).searchParams;
    const said = due.instead(due.asked, query.get('next'));
    due.asked += 1;
    if (said !== null) return said;
    const [from, to] = ['startDate', 'endDate'].map((name) => Date.parse(query.get(name) ?? ''));
    const begins = firstNotAfter(due.rows, to ?? 0);
    const ends = firstNotAfter(due.rows, (from ?? 0) - 1);
    const within = due.rows.slice(begins, ends);
    const shown = within.filter(({ shownFrom }) => shownFrom <= now);
    const first = Number.parseInt(query.get('next') ?? '0', 10);
    const items = shown.slice(first, first + perPage).map(({ row }) => row);
    return answered(200, {
      items,
      next: first + perPage < shown.length ? `${first + perPage} ${now}` : '',
    });
  };
  return { due, request };
}

type How = { noOlderThanMs?: number };
/** Looks each fifteen seconds until there is an answer, so often at most. */
async function looks(
  { transfersBetween }: ReturnType<typeof dueOnRamp>,
  from: number,
  visits: number,
  how: How = {},
): Promise<{ visits: number; found: Transfer[] } | null> {
  for (let visit = 1; visit <= visits; visit += 1) {
    const answer = await transfersBetween(at(from), at(now), how);
    if (answer.ok) return { visits: visit, found: answer.value };
    now += 15 * secondMs;
  }
  return null;
}
const pages = 150;
const apartMs = Math.floor((65 * minuteMs) / (pages * perPage));

test('a list up to now that is longer than one look reads is read in the next ones, and nothing of it twice', async () => {
  const { due, request } = dueWith(pages * perPage, apartMs);
  const onRamp = dueOnRamp(config, request);
  const looked = await looks(onRamp, start - 2 * hourMs, 4);
  expect(looked?.found).toHaveLength(pages * perPage);
  // The first hundred were tried in one list, some slices end in a page that is not full, and the last one is read at each look.
  expect(due.asked).toBeLessThan(pages + 100 + 50);
});

test('where a page was not answered the list goes on, and is begun anew where its place is not known any more', async () => {
  const { due, request } = dueWith(pages * perPage, apartMs);
  const onRamp = dueOnRamp(config, request);
  // One page in forty: no hundred pages in a row are answered.
  due.instead = (nth) => (nth % 40 === 39 ? answered(503, {}) : null);
  expect((await looks(onRamp, start - 2 * hourMs, 12))?.found).toHaveLength(pages * perPage);
  expect(due.asked).toBeLessThan(pages + 100 + 50);

  // All within one slice, of which the 50th page is asked for with a place that has been forgotten.
  const crowded = dueWith(pages * perPage, 10);
  now = start + hourMs;
  crowded.due.instead = (nth) => (nth === 150 ? answered(400, { code: 'err_unknown' }) : null);
  const found = await looks(dueOnRamp(config, crowded.request), start - hourMs, 4);
  expect(found?.found).toHaveLength(pages * perPage);
});

test.each([
  [500, {}],
  [403, {}],
  [200, null],
])(
  'where nothing but %i and %j comes from a place any more, its slice is begun anew',
  async (status, body) => {
    // All within one slice, of which a visit reads a part.
    const { due, request } = dueWith(pages * perPage, 300);
    const onRamp = dueOnRamp(config, request);
    const from = start - hourMs;
    now += hourMs;
    due.instead = (_, place) => {
      const [, given] = place?.split(' ') ?? [];
      return now - Number(given) > 10 * minuteMs ? answered(status, body) : null;
    };
    expect((await onRamp.transfersBetween(at(from), at(start))).ok).toBe(false);
    now += hourMs;
    for (let visit = 0; visit < 60; visit += 1) {
      const answer = await onRamp.transfersBetween(at(from), at(start), {
        noOlderThanMs: 3 * hourMs,
      });
      if (answer.ok) return expect(answer.value).toHaveLength(pages * perPage);
      now += 15 * secondMs;
    }
    throw new Error('it never ended');
  },
);

test('a transfer that is listed by another time than it shows is found, also at the bounds of slices', async () => {
  const { due, request } = dueWith(pages * perPage, apartMs);
  const bound = start - (start % (10 * minuteMs)) - 20 * minuteMs;
  for (const [index, listedAt] of [bound - 1_300, bound + 1_300].entries()) {
    const shown = transferAt(2 * bound - listedAt, 900_000 + index);
    due.rows.push({ ...shown, at: listedAt });
  }
  due.rows.sort((a, b) => b.at - a.at);
  const found = (await looks(dueOnRamp(config, request), start - 2 * hourMs, 4))?.found ?? [];
  const ids = found.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['tf_900000', 'tf_900001']));
});

test.each([
  ['that time runs out', (nth: number) => (nth % 5 === 4 ? 'late' : null)],
  ['that pages fail', (nth: number) => (nth % 5 === 4 ? 'failed' : null)],
])('a list of a few pages ends however often it is cut by it %s', async (_, cut) => {
  const { due, request } = dueWith(9 * perPage, 20 * secondMs);
  const late = async (...given: Parameters<typeof request>): Promise<HttpReply> => {
    // Whoever asks has no more time than this call takes.
    if (cut(due.asked) === 'late') await new Promise((resolve) => setTimeout(resolve, 400));
    return request(...given);
  };
  due.instead = (nth) => (cut(nth) === 'failed' ? answered(503, {}) : null);
  const { transfersBetween } = dueOnRamp(config, late);
  for (let visit = 0; visit < 40; visit += 1) {
    const answer = await transfersBetween(at(start - hourMs / 2), at(start), { withinMs: 250 });
    if (answer.ok) return expect(answer.value).toHaveLength(9 * perPage);
    now += 15 * secondMs;
  }
  throw new Error('it never ended');
});

test('one page that is not answered makes no more calls of a list that is short', async () => {
  const { due, request } = dueWith(2 * perPage, hourMs);
  const { transfersBetween } = dueOnRamp(config, request);
  due.instead = (nth) => (nth === 1 ? answered(429, {}) : null);
  expect((await transfersBetween(at(start - 26 * hourMs), at(start))).ok).toBe(false);
  expect(due.asked).toBe(2);
  expect((await transfersBetween(at(start - 26 * hourMs), at(start))).ok).toBe(true);
  expect(due.asked).toBe(4);
});

test('however many look for a time of their own, they share what is read', async () => {
  const { due, request } = dueWith(pages * perPage, apartMs);
  const onRamp = dueOnRamp(config, request);
  const many = 6;
  let ended = 0;
  for (let visit = 1; visit <= 4 && ended < many; visit += 1) {
    const all = Array.from({ length: many }, (_, n) =>
      onRamp.transfersBetween(at(start - hourMs - n * secondMs), at(now)),
    );
    ended = (await Promise.all(all)).filter(({ ok }) => ok).length;
    now += 15 * secondMs;
  }
  expect(ended).toBe(many);
  // In the first look each tried its own list, as long as nothing was known of its length.
  expect(due.asked).toBeLessThan(many * 100 + 2 * pages + 4 * many * 5);
});

test('what was read too long ago is read again, for a list may show late what it has', async () => {
  const { due, request } = dueWith(pages * perPage, apartMs);
  const onRamp = dueOnRamp(config, request);
  const from = start - 2 * hourMs;
  const late = { ...transferAt(start - 50 * minuteMs, 999_999), shownFrom: start + 2 * minuteMs };
  due.rows.push(late);
  due.rows.sort((a, b) => b.at - a.at);
  // A look is under way when it shows, and has read its slice already.
  expect((await onRamp.transfersBetween(at(from), at(now))).ok).toBe(false);
  now = start + 3 * minuteMs;
  const asked = due.asked;
  const behind = await looks(onRamp, from, 4, { noOlderThanMs: 10 * minuteMs });
  expect(behind?.found).toHaveLength(pages * perPage);
  expect(due.asked - asked).toBeLessThan(pages);
  // Who asks for what is no older than its showing gets it, also where that takes several looks.
  const shown = now;
  for (let visit = 0; visit < 6; visit += 1) {
    const how = { noOlderThanMs: now - shown };
    const answer = await onRamp.transfersBetween(at(from), at(now), how);
    if (answer.ok) {
      expect(answer.value.map(({ id }) => id)).toContain('tf_999999');
      expect(answer.value).toHaveLength(pages * perPage + 1);
      return;
    }
    now += 15 * secondMs;
  }
  throw new Error('it never ended');
});

test('reconciliation reads a day of more than two a second in one run', async () => {
  const day = 26 * hourMs;
  const { due, request } = dueWith(20_000, Math.floor(day / 20_000), 'EURC');
  const onRamp = dueOnRamp(config, request, reconcileListMs);
  const answer = await onRamp.transfersBetween(at(start - day), at(start), { noOlderThanMs: 0 });
  expect(answer).toMatchObject({ ok: true });
  expect(due.asked).toBeGreaterThan(2_000);
}, 120_000);

test('of what was read only so much is kept, and what was asked for last', async () => {
  const asked: number[] = [];
  const { row } = transferAt(start, 1);
  const slice = keptSlices(
    async (begun, { from }) => {
      asked.push(from);
      begun.read.push(...[row, row].map((one) => TransferShape.parse(one)));
      begun.is = from === 4 ? 'begun' : 'whole';
      return from === 4 ? noList('more pages than expected') : { ok: true, value: null };
    },
    { rowsMax: 5, keptMs: 6 * hourMs },
    () => now,
  );
  const read = async (from: number) =>
    slice({ from, to: from + 1, isClosed: true }, now, limitsOf(1_000));
  for (const from of [1, 2, 1, 3, 1, 2]) expect(await read(from)).toMatchObject({ ok: true });
  expect(asked).toEqual([1, 2, 3, 2]);
  // One that is larger than all that is kept is begun anew, and no answer.
  asked.length = 0;
  for (const _ of [1, 2, 3]) expect(await read(4)).toMatchObject({ ok: false });
  expect(asked).toEqual([4, 4, 4]);
  // What nobody has asked for in hours is not kept either.
  now += 7 * hourMs;
  await slice({ from: 9, to: 10, isClosed: true }, now, limitsOf(1_000));
  asked.length = 0;
  now -= 7 * hourMs;
  await read(2);
  expect(asked).toEqual([2]);
});

test('slices have all of the time without a gap, and only the last one is open', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const some = (max: number): number => Math.floor((Math.sin(seed * max) + 1) * 0.5 * max);
    const to = start + some(3 * minuteMs) - minuteMs;
    const from = to - some(27 * hourMs + 1);
    const slices = slicesOf(from, to, start);
    let upTo = from;
    for (const [index, slice] of slices.entries()) {
      expect(slice.from).toBeLessThanOrEqual(upTo);
      if (slice.isClosed) expect(slice.to).toBeLessThan(start - 20 * secondMs);
      else expect(index).toBe(slices.length - 1);
      upTo = slice.to;
    }
    expect(upTo).toBeGreaterThanOrEqual(to);
    const open = slices.find(({ isClosed }) => !isClosed);
    if (open) expect(open.to - open.from).toBeLessThan(4 * minuteMs);
  }
});
