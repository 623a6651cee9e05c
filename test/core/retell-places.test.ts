/** Where retell goes on when a run ends before it is through, and what it passes over: nothing. */
import { beforeEach, expect, test } from '@jest/globals';
import {
  retellGraceMs,
  retellKeptEveryPages,
  retellKeptMs,
  retellUnreadableMax,
} from '../../lambdas/core/outbox/limits.ts';
import {
  type Changed,
  type Changes,
  type Kept,
  type RetellWorld,
  retell,
  retellRest,
  type Way,
} from '../../lambdas/core/outbox/retell.ts';
import type { Span } from '../../lambdas/core/outbox/tell-anew.ts';
import type { WebhookEvent } from '../../lambdas/core/webhooks/event.ts';
import { moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { at, requestedOf, walletOf } from '../support/things.ts';

const hour = 3_600_000;
const start = 1_795_000_000_000;
const nothing: Changes = { withdrawals: [], transactions: [], unreadable: [] };

/** What each page has, by the way; rows of `broken` cannot be read. */
let pages: Record<Way, Withdrawal[][]>;
const listOf = (way: Way | 'named'): Way => (way === 'named' ? 'listed' : way);
let broken: Set<string>;
let read: { way: Way; page: number; span: Span }[];
let kept: Map<string, Kept>;
let told: string[];
let world: RetellWorld;
beforeEach(() => {
  pages = { listed: [], table: [] };
  broken = new Set();
  read = [];
  kept = new Map();
  told = [];
  world = {
    changed,
    webhooks: {
      endpointsOf: async () => [],
      lanes: async () => [],
      createDeliveries: async () => Promise.reject(new Error('there is no endpoint')),
    },
    doorbells: { ring: async () => undefined },
    explorers: new Map(),
    putOnBus: async (events: readonly WebhookEvent[]) => {
      told.push(...events.map(({ sourceId, sequence }) => `${sourceId} ${sequence}`));
    },
  };
});

const changesOf = (all: readonly Withdrawal[]): Changes => ({
  ...nothing,
  withdrawals: all.filter(({ id }) => !broken.has(id)),
  unreadable: all.flatMap(({ id }) => (broken.has(id) ? [{ id, said: `WD#${id}: broken` }] : [])),
});
const nameOf = (of: Way | Span) => (typeof of === 'string' ? of : `${of.from} ${of.until}`);
const changed: Changed = {
  page: async (way, span, from) => {
    const page = Number(from?.['page'] ?? 0);
    const list = listOf(way);
    read.push({ way: list, page, span });
    const isLast = page + 1 >= pages[list].length;
    return { ...changesOf(pages[list][page] ?? []), next: isLast ? null : { page: page + 1 } };
  },
  named: async (ids) =>
    changesOf([...pages.listed, ...pages.table].flat().filter(({ id }) => ids.includes(id))),
  kept: async (of) => kept.get(nameOf(of)) ?? null,
  keep: async (of, one) => void kept.set(nameOf(of), structuredClone(one)),
};

/** A withdrawal with one event, which is its first. */
const acceptedAt = (ms: number): Withdrawal =>
  requestedOf(walletOf(), {
    createdAt: at(ms),
    history: [{ stage: 'requested', at: at(ms) }],
  });
const eventsOf = (all: readonly Withdrawal[][]): string[] => all.flat().map(({ id }) => `${id} 1`);
const manyPages = (many: number, ms: number) =>
  Array.from({ length: many }, (_, index) => [acceptedAt(ms + index)]);
/** Time for so many pages: the first is read in any case. */
const timeFor = (many: number) => {
  let left = many - 1;
  return { mayGoOn: () => --left >= 0 };
};
const pagesRead = (way: Way) => read.filter((one) => one.way === way).map(({ page }) => page);

test('a run whose time is over goes on where it was, in the span that it had, and all is told then and not before', async () => {
  pages.listed = manyPages(50, start - hour);
  for (let run = 0; run < 3; run += 1) {
    const now = at(start + run * hour);
    const { isWhole, behindMs } = await retellRest(world, now, timeFor(20));
    expect([isWhole, kept.get('listed')?.underway === null]).toEqual(
      run < 2 ? [false, false] : [true, true],
    );
    // The first look goes back 26 hours.
    expect(behindMs.listed).toBe(run < 2 ? (26 + run) * hour : 2 * hour + retellGraceMs);
  }
  expect(pagesRead('listed')).toEqual([...Array(50).keys()]);
  const untils = read.flatMap(({ way, span }) => (way === 'listed' ? [span.until] : []));
  expect(new Set(untils)).toEqual(new Set([start - retellGraceMs]));
  expect([...new Set(told)].sort()).toEqual(eventsOf(pages.listed).sort());
  expect(kept.get('listed')?.until).toBe(start - retellGraceMs);
});

test('a run that dies repeats only the pages since it last kept its place', async () => {
  pages.listed = manyPages(100, start - hour);
  const dieAt = (page: number): RetellWorld => ({
    ...world,
    changed: {
      ...changed,
      page: async (way, span, from) => {
        if (way === 'listed' && Number(from?.['page'] ?? 0) === page) throw new Error('timeout');
        return changed.page(way, span, from);
      },
    },
  });
  await expect(retellRest(dieAt(78), at(start))).rejects.toThrow('timeout');
  expect(kept.get('listed')?.underway?.place).toEqual({ page: 70 });
  read = [];
  await retellRest(world, at(start + hour));
  expect(pagesRead('listed')[0]).toBeGreaterThanOrEqual(78 - retellKeptEveryPages);
  expect([...new Set(told)].sort()).toEqual(eventsOf(pages.listed).sort());
});

test('round through the table it goes some pages in each run, behind what is listed', async () => {
  pages.table = manyPages(25, start - hour);
  for (let run = 0; run < 3; run += 1)
    await retellRest(world, at(start + run * hour), { tablePages: 10 });
  expect(pagesRead('table')).toEqual([...Array(25).keys()]);
  expect(told.sort()).toEqual(eventsOf(pages.table).sort());
  expect(kept.get('table')?.until).toBe(start - retellGraceMs);
  read = [];
  const { behindMs } = await retellRest(world, at(start + 3 * hour), { tablePages: 10 });
  // The next round is about the time since the last one began.
  expect(read.find(({ way }) => way === 'table')?.span).toEqual({
    from: start - retellGraceMs,
    until: start + 3 * hour - retellGraceMs,
  });
  expect(behindMs).toEqual({ listed: retellGraceMs, table: 3 * hour + retellGraceMs });
});

test('what was on its way from one list to the other when it was looked is told by the next run', async () => {
  const moving = acceptedAt(start - hour);
  await retellRest(world, at(start));
  expect(told).toEqual([]);
  pages.listed = [[moving]];
  await retellRest(world, at(start + hour));
  expect(told).toEqual([`${moving.id} 1`]);
});

test('what cannot be read stops nothing else, and is told when it can be, by the time of which it was not', async () => {
  const one = acceptedAt(start - hour);
  const moved = moveTo(one, 'reserved', {}, at(start + 3 * hour));
  pages.listed = [[one], [acceptedAt(start - hour)]];
  broken.add(one.id);
  const first = await retellRest(world, at(start));
  expect([first.unreadable, told.length]).toEqual([[`WD#${one.id}: broken`], 1]);
  expect(kept.get('listed')?.until).toBe(start - retellGraceMs);
  pages.listed = [];
  pages.table = [[one]];
  for (let run = 1; run < 4; run += 1) {
    const { unreadable } = await retellRest(world, at(start + run * 24 * hour));
    expect(unreadable).toHaveLength(1);
  }
  broken.clear();
  pages.table = [[moved]];
  told = [];
  await retellRest(world, at(start + 96 * hour));
  expect(new Set(told)).toEqual(new Set([`${one.id} 1`, `${one.id} 2`]));
  told = [];
  pages.table = [];
  await retellRest(world, at(start + 97 * hour));
  expect([told, kept.get('listed')?.unreadable]).toEqual([[], []]);
});

test('of more that cannot be read than is kept by name the whole look is made again, and nothing is passed over', async () => {
  pages.listed = [
    Array.from({ length: retellUnreadableMax + 1 }, () => acceptedAt(start - hour)),
    [acceptedAt(start - hour)],
  ];
  for (const { id } of pages.listed[0] ?? []) broken.add(id);
  await retellRest(world, at(start), timeFor(1));
  expect(kept.get('listed')?.underway?.isInVain).toBe(true);
  const { unreadable } = await retellRest(world, at(start + hour));
  expect(unreadable).toHaveLength(retellUnreadableMax);
  expect(kept.get('listed')?.until).toBe(start - 26 * hour);
  broken.clear();
  await retellRest(world, at(start + 2 * hour));
  expect(new Set(told)).toEqual(new Set(eventsOf(pages.listed)));
  expect(kept.get('listed')?.until).toBe(start + 2 * hour - retellGraceMs);
});

test('a span of which more cannot be read than is kept by name is not done with, in however many runs', async () => {
  pages.listed = [
    Array.from({ length: retellUnreadableMax + 1 }, () => acceptedAt(start)),
    [acceptedAt(start)],
  ];
  for (const { id } of pages.listed[0] ?? []) broken.add(id);
  const span = { from: at(start), until: at(start + hour) };
  expect((await retell(world, span, timeFor(1).mayGoOn)).isWhole).toBe(false);
  expect((await retell(world, span)).isWhole).toBe(false);
  broken.clear();
  expect((await retell(world, span)).isWhole).toBe(true);
  expect(new Set(told)).toEqual(new Set(eventsOf(pages.listed)));
});

test('what is older than news is told no more, however long it lay there', async () => {
  const one = acceptedAt(start - hour);
  pages.listed = [[one]];
  broken.add(one.id);
  await retellRest(world, at(start));
  broken.clear();
  pages.listed = [];
  await retellRest(world, at(start + retellKeptMs + hour));
  expect([told, kept.get('listed')?.unreadable]).toEqual([[], []]);
});

test('who names the same span again has the rest of it looked at, and after its end all of it', async () => {
  pages.listed = manyPages(30, start);
  const span = { from: at(start), until: at(start + hour) };
  const [first] = pages.listed[0] ?? [];
  broken.add(first?.id ?? '');
  const part = await retell(world, span, timeFor(20).mayGoOn);
  expect(part).toMatchObject({ isWhole: false, looked: 19 });
  const rest = await retell(world, span);
  // What could not be read in the part before is not done with either.
  expect(rest).toMatchObject({ isWhole: true, unreadable: [`WD#${first?.id}: broken`] });
  expect(pagesRead('listed')).toEqual([...Array(30).keys()]);
  broken.clear();
  expect(await retell(world, span)).toMatchObject({ looked: 30, isWhole: true, unreadable: [] });
  expect([...kept.keys()]).toEqual([`${span.from} ${span.until}`]);
});
