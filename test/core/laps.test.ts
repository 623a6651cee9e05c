/** What a pass of sweep reads and rings, however much waits. */
import { expect, test } from '@jest/globals';
import type { OperationId } from '../../lambdas/core/kernel/ids.ts';
import { dueShards, lostDoorbellMs } from '../../lambdas/core/kernel/limits.ts';
import type { Doorbell } from '../../lambdas/core/outbox/doorbells.ts';
import { bands, type Listed, patienceMaxMs } from '../../lambdas/core/outbox/laps.ts';
import { lostRungPerSecond, shortListMax } from '../../lambdas/core/outbox/limits.ts';
import { type Due, patienceMs } from '../../lambdas/core/outbox/patience.ts';
import { makeSweep } from '../../lambdas/core/outbox/sweep.ts';
import { makeWaiting } from '../../lambdas/core/outbox/waiting.ts';
import { type Listing, listing } from '../support/sweep.ts';
import { at, requestedOf, walletOf } from '../support/things.ts';

const wallet = walletOf();
const hour = 3_600_000;
const day = 24 * hour;
const now = at(100 * day);
const pace = { pollMs: 15_000, passMs: 5_000 };

const waitingSince = (since: number, given: object = {}): Due => ({
  ...requestedOf(wallet, { createdAt: at(since), updatedAt: at(since) }),
  stage: 'converting',
  ...given,
});
const listed = (some: readonly Due[]): Listed[] =>
  some.map(({ id, createdAt }) => ({ id, at: createdAt }));

function sweepOf(index: Listing, waiting = makeWaiting()) {
  const rung = new Map<string, number[]>();
  let time: number = now;
  const ring = async (bells: readonly Doorbell[]): Promise<void> => {
    for (const id of bells.flatMap(({ ids }) => ids)) rung.set(id, [...(rung.get(id) ?? []), time]);
  };
  const pass = makeSweep(index, { ring }, pace, waiting);
  return {
    rung,
    passes: async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) {
        time += pace.passMs;
        await pass(at(time));
      }
    },
  };
}

test('a pass has a cap, and what newly falls due is rung in it, however much has waited for a day', async () => {
  const all: Due[] = Array.from({ length: 40_000 }, () => waitingSince(now - day));
  const lists = { open: listed(all), due: [] as Listed[] };
  const index = listing(lists, all);
  const { rung, passes } = sweepOf(index);
  await passes(3);
  for (const ids of index.looks) expect(ids.length).toBeLessThanOrEqual(pace.passMs);
  for (const { limit } of index.reads) expect(limit).toBeLessThanOrEqual(pace.passMs);
  // Its retry falls due now: it is rung for in the very next pass.
  const retry = waitingSince(now - 2 * hour, { nextAttemptAt: at(now + 16_000) });
  all.push(retry);
  lists.due.push({ id: retry.id, at: at(now + 16_000) });
  await passes(1);
  expect(rung.get(retry.id)).toEqual([now + 20_000]);
});

test('whatever waits is rung for again and again, less and less often, up to an hour apart', async () => {
  const ages = [2, 8, 30, 120, 1_000].map((minutes) => minutes * 60_000);
  const some = ages.map((age) => waitingSince(now - age));
  const { rung, passes } = sweepOf(listing({ open: listed(some) }, some));
  await passes((3 * hour) / pace.passMs);
  for (const [index, { id }] of some.entries()) {
    const times = rung.get(id) ?? [];
    const gaps = times.slice(1).map((time, nth) => time - (times[nth] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(patienceMaxMs + 2 * pace.passMs);
    // At first as its age allows, and never more often than that.
    const own = bands.findLast(({ fromMs }) => fromMs <= (ages[index] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(own?.everyMs ?? 0);
    expect(gaps[0]).toBeLessThanOrEqual((own?.everyMs ?? 0) + 2 * pace.passMs);
  }
});

test('a lap goes on until it has come by everything, spread over its time from the second on', async () => {
  const waiting = Array.from({ length: 9_000 }, () => waitingSince(now - 10 * hour));
  const index = listing({ open: listed(waiting) }, waiting);
  const { rung, passes } = sweepOf(index);
  await passes(hour / pace.passMs);
  expect(rung.size).toBe(waiting.length);
  index.looks.length = 0;
  await passes(hour / pace.passMs + 2);
  for (const { id } of waiting) expect(rung.get(id)?.length).toBeGreaterThanOrEqual(2);
  // 9,000 an hour are some 13 a pass.
  for (const ids of index.looks) expect(ids.length).toBeLessThan(100);
});

test('what a burst has left behind after a quiet time is looked at within two minutes, and not as slowly as it was quiet', async () => {
  const few = [waitingSince(now - 90_000)];
  const all: Due[] = [...few];
  const lists = { open: listed(all), due: [] as Listed[] };
  const { rung, passes } = sweepOf(listing(lists, all));
  await passes(12);
  const burst = Array.from({ length: 6_000 }, () => waitingSince(now + 30_000));
  all.push(...burst);
  lists.open.push(...listed(burst));
  await passes(30);
  expect(burst.filter(({ id }) => !rung.has(id))).toHaveLength(0);
});

test.each([
  ['all of a pass, where nothing waits for long', 0],
  ['what laps leave of theirs, where much does', 20_000],
])('what takes its usual course has %s', async (_, waiting) => {
  const young = Array.from({ length: 9_000 }, () => waitingSince(now - 20_000));
  const old = Array.from({ length: waiting }, () => waitingSince(now - day));
  const index = listing({ open: listed([...young, ...old]) }, [...young, ...old]);
  await sweepOf(index).passes(1);
  const ids = new Set(old.map(({ id }) => id as string));
  const looks = index.looks.flat();
  expect(looks).toHaveLength(pace.passMs);
  // A lap reads as much of each part of the list as of the others, and all are in one.
  const ofLaps = waiting === 0 ? 0 : Math.floor((0.45 * pace.passMs) / dueShards);
  expect(looks.filter((id) => ids.has(id))).toHaveLength(ofLaps);
});

test('at a thousand a second, each under way for twenty seconds, a lost doorbell is rung for at the first look', async () => {
  const [perPass, underWayMs] = [pace.passMs, 20_000];
  const index: { lists: { open: Listed[] }; all: Due[] } = { lists: { open: [] }, all: [] };
  const { rung, passes } = sweepOf(listing(index.lists, index.all));
  const lost = new Map<string, number>();
  for (let time: number = now; time < now + 60_000; time += pace.passMs) {
    const usual = { stage: 'broadcast', dueAt: null, payoutBatch: 'b' };
    for (let n = 0; n < perPass; n += 1) index.all.push(waitingSince(time + n, usual));
    const one = waitingSince(time + 7);
    lost.set(one.id, one.createdAt);
    const open = index.all.filter(
      (each) => each.createdAt > time - underWayMs || lost.has(each.id),
    );
    index.all.splice(0, index.all.length, ...open, one);
    index.lists.open = listed(index.all);
    await passes(1);
  }
  const seen = [...lost].filter(([, at]) => at < now + 60_000 - underWayMs - pace.passMs);
  expect(seen.length).toBeGreaterThan(5);
  for (const [id, at] of seen)
    expect((rung.get(id)?.[0] ?? Number.POSITIVE_INFINITY) - at).toBeLessThanOrEqual(
      pace.pollMs + pace.passMs,
    );
});

test.each([
  ['a journal', { stage: 'debiting', atBrokerage: true }],
  ['one of a batch', { stage: 'broadcast', payoutBatch: 'b', dueAt: null }],
] as const)(
  'who waits long for %s is not rung for before its patience is over',
  async (_, given) => {
    const one = waitingSince(now, given);
    const { rung, passes } = sweepOf(listing({ open: listed([one]) }, [one]));
    await passes(hour / pace.passMs);
    const times = [...new Set(rung.get(one.id))];
    expect(times.length).toBeGreaterThan(5);
    for (const [nth, time] of times.slice(1).entries()) {
      const last = times[nth] ?? 0;
      expect(time - last).toBeGreaterThanOrEqual(patienceMs(one, at(last), pace.pollMs));
    }
  },
);

test('what is counted is looked at each minute, and that is no reason to ring for it', async () => {
  const one = waitingSince(now - 2 * day);
  const waiting = makeWaiting();
  const index = listing({ open: listed([one]) }, [one]);
  const { rung, passes } = sweepOf(index, waiting);
  await passes(hour / pace.passMs - 1);
  expect(waiting.count()).toEqual({ reasons: new Map(), old: 1 });
  expect(index.looks.filter((ids) => ids.includes(one.id as OperationId)).length).toBeGreaterThan(
    60,
  );
  expect(rung.get(one.id)).toHaveLength(1);
});

test('a withdrawal that others have behind them in time is found however young it is', async () => {
  const young = waitingSince(now - 20_000);
  const { rung, passes } = sweepOf(listing({ open: listed([young]) }, [young]));
  await passes(2);
  expect(rung.get(young.id)?.length).toBeGreaterThanOrEqual(1);
});

test('a list that is short is one question for each of its parts in a pass, and one that has grown long is asked band by band', async () => {
  const all = [1, 5, 30, 120, 1_000].map((minutes) => waitingSince(now - minutes * 60_000));
  const lists = { open: listed(all), due: [] as Listed[] };
  const index = listing(lists, all);
  const { passes } = sweepOf(index);
  await passes(1);
  const parts = index.reads.map(({ list, shard }) => `${list} ${shard}`);
  expect(new Set(parts).size).toBe(parts.length);
  const many = Array.from({ length: dueShards * (shortListMax + 1) }, () =>
    waitingSince(now - day),
  );
  all.push(...many);
  lists.open.push(...listed(many));
  index.reads.length = 0;
  await passes(4);
  const ofOpen = (shard: number) =>
    index.reads.filter((one) => one.list === 'open' && one.shard === shard);
  // The long part is asked once whether it is long, then for its young at each pass, and for the bands whose time has come.
  expect(ofOpen(0).filter(({ limit }) => limit === shortListMax)).toHaveLength(1);
  expect(ofOpen(0).length).toBeGreaterThan(1 + 4);
  expect(ofOpen(1)).toHaveLength(4);
});

test.each([
  ['has come late out of the queue', lostDoorbellMs + 1, true],
  ['has come out of it in time', lostDoorbellMs, false],
])(
  'where one %s, of those that stand still in it the first are rung for, or all',
  async (_, lateMs, isFull) => {
    const signable = (updatedAt: number, given: object = {}): Due =>
      waitingSince(now - 30_000, {
        ...{ stage: 'reserved', currency: 'USDC', updatedAt: at(updatedAt) },
        ...given,
      });
    const from = now + 11_000;
    const line = (stage: 'reserved' | 'signed', when: number) => ({ stage, at: at(when) });
    const history = [line('reserved', from), line('signed', from + lateMs)];
    const signed = signable(from + lateMs, { stage: 'signed', history });
    const lost = signable(from - 1);
    const many = Array.from({ length: 300 }, (_, nth) => signable(from + nth));
    const all: Due[] = [signed, ...many, lost];
    const { rung, passes } = sweepOf(listing({ open: listed(all) }, all));
    await passes(5);
    const few = (lostRungPerSecond * pace.passMs) / 1_000;
    const first = [lost, ...many].slice(0, isFull ? few : all.length);
    expect(new Set(rung.keys())).toEqual(new Set(first.map(({ id }) => id)));
  },
);

test('what could not be sent is rung for in the next pass, in a full queue as well', async () => {
  const line = (stage: 'reserved' | 'signed', afterMs: number) => ({
    stage,
    at: at(now + afterMs),
  });
  const history = [line('reserved', 1_000), line('signed', 12_000)];
  const usdc = { currency: 'USDC', updatedAt: at(now + 1_000) };
  const all = [
    waitingSince(now - 30_000, { ...usdc, stage: 'signed', history, updatedAt: at(now + 12_000) }),
    waitingSince(now - 30_000, { ...usdc, stage: 'reserved' }),
    waitingSince(now - 30_000, { updatedAt: at(now) }),
  ];
  const passes: string[][] = [];
  const ring = async (bells: readonly Doorbell[]): Promise<void> => {
    passes.push(bells.flatMap(({ ids }) => [...ids]));
    if (passes.length === 4) throw new Error('SQS is away');
  };
  const pass = makeSweep(listing({ open: listed(all) }, all), { ring }, pace);
  for (let nth = 0; nth < 3; nth += 1) await pass(at(now + nth * pace.passMs));
  await expect(pass(at(now + 3 * pace.passMs))).rejects.toThrow('SQS is away');
  await pass(at(now + 4 * pace.passMs));
  const due = all.slice(1).map(({ id }) => id);
  expect(passes).toEqual([[], [], [], expect.arrayContaining(due), expect.arrayContaining(due)]);
});
