/** What a change counts, and that a change which is told again is counted once. */
import { expect, test } from '@jest/globals';
import {
  type Counted,
  type Counts,
  counted,
  countsOf,
  noCounts,
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

const one = (id: string, second = 7) => ({ id, second, counts: { ...noCounts, succeeded: 1 } });

test('a batch that comes again, whole or in parts, is counted once', () => {
  const first = counted(null, 7, [one('a'), one('b')]);
  expect(counted(first, 7, [one('b')])).toBeNull();
  expect(counted(first, 7, [one('a'), one('c')])?.counts.succeeded).toBe(3);
});

test('a window forgets what it has seen with the next second that it is for, and keeps its counts', () => {
  const first = counted(null, 7, [one('a')]);
  const next = counted(first, 7 + windows, [one('a', 7 + windows)]);
  expect(next).toMatchObject({ second: 7 + windows, seen: ['a'], counts: { succeeded: 2 } });
  // What comes from before that was held up, and is counted.
  expect(counted(next, 7, [one('z')])).toMatchObject({
    ...{ second: 7 + windows, seen: ['a'], counts: { succeeded: 3 } },
  });
});

test('nothing that has ended is no failure, and nothing is less than none in flight', () => {
  expect(statsOf({ ...noCounts, inFlight: -1 })).toEqual({
    ...{ processed: 0, succeeded: 0, failed: 0, retries: 0, inFlight: 0, successRate: 1 },
  });
  expect(statsOf({ succeeded: 3, failed: 1, cancelled: 2, inFlight: 4, retries: 5 })).toEqual({
    ...{ processed: 6, succeeded: 3, failed: 1, retries: 5, inFlight: 4, successRate: 0.75 },
  });
});
