/** What a change counts, and where, so that a change which is told again is counted once. */
import { expect, test } from '@jest/globals';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import {
  bundlesOf,
  type Change,
  type Counted,
  type Counts,
  changeIdOf,
  countsOf,
  leftOf,
  noCounts,
  partAt,
  parts,
  statsOf,
  windows,
} from '../../lambdas/core/operations/stats.ts';
import type { Stage } from '../../lambdas/core/withdrawal/withdrawal.ts';

const is = (stage: Stage, retryCount = 0): Counted => ({ stage, retryCount });

test.each<[string, Counted | null, Counted, Partial<Counts>]>([
  ['a new one', null, is('requested'), { inFlight: 1 }],
  ['one that goes on', is('reserved'), is('converting'), {}],
  ['one that is paid', is('confirmed'), is('settled'), { inFlight: -1, succeeded: 1 }],
  ['one that is rejected', is('requested'), is('rejected'), { inFlight: -1, failed: 1 }],
  ['one that is given back', is('refunding'), is('refunded'), { inFlight: -1, failed: 1 }],
  ['one that is cancelled', is('refunding'), is('cancelled'), { inFlight: -1, cancelled: 1 }],
  ['one that a person has to see', is('converting'), is('review'), {}],
  ['one that is taken up again', is('refunded'), is('requested'), { inFlight: 1, failed: -1 }],
  ['a retry', is('reserved', 1), is('reserved', 2), { retries: 1 }],
  ['a stage of newer code', null, is('frozen' as Stage), { inFlight: 1 }],
])('%s', (_name, before, after, counts) => {
  expect(countsOf(before, after)).toEqual({ ...noCounts, ...counts });
});

const one = (id: string, second = 7, part = 1): Change => ({
  ...{ id, second, part },
  counts: { ...noCounts, succeeded: 1 },
});

test('what came within a moment is one write, and what comes all through a second is spread over all parts', () => {
  const at = (ms: number) => one(changeIdOf(`record ${ms}`), 7, partAt((7_000 + ms) as Instant));
  const all = Array.from({ length: 1_000 }, (_, ms) => at(ms));
  expect(bundlesOf(all.slice(500, 550))).toHaveLength(1);
  expect(bundlesOf(all.slice(550, 600))).toHaveLength(2);
  const bundles = bundlesOf(all);
  expect(new Set(bundles.map(({ part }) => part))).toEqual(new Set(Array(parts).keys()));
  for (const { changes } of bundles) expect(changes.length).toBeLessThan(65);
});

test('seconds are counted apart, a change that comes twice in one batch once, and no write has more than DynamoDB takes', () => {
  expect(bundlesOf([one('a', 7), one('a', 8), one('a', 7)])).toHaveLength(2);
  const bundles = bundlesOf(Array.from({ length: 3_000 }, (_, n) => one(`${n}`)));
  expect(bundles.reduce((sum, { changes }) => sum + changes.length, 0)).toBe(3_000);
  // AWS DynamoDB guide, "Service quotas": operators in an expression; each change needs NOT, contains and AND.
  for (const { changes } of bundles) expect(3 * changes.length).toBeLessThan(300);
});

test.each([
  ['nothing was counted there', null, { opens: true, left: ['a', 'b'] }],
  ['an older second was', { second: 7 - windows, seen: ['a'] }, { opens: true, left: ['a', 'b'] }],
  ['one of them was', { second: 7, seen: ['a', 'z'] }, { opens: false, left: ['b'] }],
  ['both were', { second: 7, seen: ['a', 'b'] }, { opens: false, left: [] }],
  ['a newer second is', { second: 7 + windows, seen: [] }, { opens: false, left: ['a', 'b'] }],
])('what is left to count where %s', (_name, there, { opens, left }) => {
  const bundle = { part: 1, second: 7, changes: [one('a'), one('b')] };
  const window = there === null ? null : { ...there, seen: new Set(there.seen) };
  expect(leftOf(bundle, window)).toEqual({ opens, changes: left.map((id) => one(id)) });
});

test('nothing that has ended is no failure, and nothing is less than none in flight', () => {
  expect(statsOf({ ...noCounts, inFlight: -1 })).toEqual({
    ...{ processed: 0, succeeded: 0, failed: 0, retries: 0, inFlight: 0, successRate: 1 },
  });
  expect(statsOf({ succeeded: 3, failed: 1, cancelled: 2, inFlight: 4, retries: 5 })).toEqual({
    ...{ processed: 6, succeeded: 3, failed: 1, retries: 5, inFlight: 4, successRate: 0.75 },
  });
});
