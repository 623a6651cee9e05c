/** The console knows every stage, status, step and wait that there is, and writes amounts and times as people do. */
import { expect, test } from '@jest/globals';
import { shortage } from '../../console/make/shortage.ts';
import { cameOf, stateOf } from '../../console/webhooks/words.ts';
import {
  duration,
  grouped,
  minor,
  relative,
  short,
  withClock,
} from '../../console/words/format.ts';
import { stageWords, statusWords, stepWords } from '../../console/words/stages.ts';
import { waitWords } from '../../console/words/waits.ts';
import { steps } from '../../lambdas/core/kernel/steps.ts';
import { waitingReasons } from '../../lambdas/core/withdrawal/waiting.ts';
import { stages, statuses } from '../../lambdas/core/withdrawal/withdrawal.ts';

test('it has words for all that there is', () => {
  expect(Object.keys(stageWords).sort()).toEqual(Object.keys(stages).sort());
  expect(Object.keys(statusWords).sort()).toEqual([...statuses].sort());
  expect(Object.keys(waitWords).sort()).toEqual([...waitingReasons].sort());
  expect(Object.keys(stepWords).sort()).toEqual([...steps, 'relay', 'bus'].sort());
});

test.each([
  ['0.00', '0.00'],
  ['1234567.5', '1,234,567.5'],
  ['999', '999'],
  ['123456789012345678.000000000000000001', '123,456,789,012,345,678.000000000000000001'],
  ['what', 'what'],
])('the amount %s is written %s', (amount, written) => {
  expect(grouped(amount)).toBe(written);
});

test.each([
  ['1.00', 'USD', 100n],
  ['0.000001', 'USDC', 1n],
  ['123456789012345678.99', 'USD', 12_345_678_901_234_567_899n],
  ['1.001', 'USD', null],
  ['-1.00', 'USD', null],
  ['1', 'XYZ', null],
])('%s %s is %s in the smallest unit', (amount, currency, units) => {
  expect(minor(amount, currency)).toBe(units);
});

test.each([
  [412, '412 ms'],
  [5_630, '5.6 s'],
  [59_900, '59 s'],
  [3_599_000, '59 min'],
  [4_800_000, '1 h 20 min'],
  [90_000_000, '1 day'],
])('%d ms are %s', (ms, written) => {
  expect(duration(ms)).toBe(written);
});

test.each([
  [0, 'just now'],
  [-12_400, 'in 12 s'],
  [45_000, '45 s ago'],
  [125_000, '2 min ago'],
])('%d ms back is %s', (ms, written) => {
  expect(relative(1_000_000 - ms, 1_000_000)).toBe(written);
});

test('a time in a sentence is one that people read', () => {
  expect(withClock('Look again after 2026-11-28T16:24:35.593Z.')).toMatch(
    /^Look again after 2\d Nov 2026, \d\d:\d\d:35\.$/,
  );
});

test('what is long is shortened in the middle', () => {
  expect(short('wd_q6eb6c79jfqys2r3mht5ynbnm7')).toBe(
    'wd_q6eb6…ynbnm7'.replace('…ynbnm7', '…nbnm7'),
  );
  expect(short('short')).toBe('short');
});

test.each([
  ['100.00', 2, '250.00', '0', null],
  ['100.00', 10, '250.00', '0', /enough for 2 of 10/],
  ['100.00', 10, null, '1000.00', null],
  ['100.00', 1, null, '99.99', /will be rejected/],
  ['0.00', 1, null, '0', null],
  ['much', 1, null, '0', null],
])('%s, %d times, with %s put on the %s that is there', (amount, copies, credit, has, said) => {
  const told = shortage({ amount, copies, credit }, 'USD', has);
  if (said === null) expect(told).toBeNull();
  else expect(told).toMatch(said);
});

test.each([
  [true, undefined, 'Enabled'],
  [true, { completed: 3, failed: 0 }, 'Enabled'],
  [true, { completed: 3, failed: 1 }, 'Missed some'],
  [true, { completed: 0, failed: 1 }, 'Gets nothing'],
  [false, { completed: 0, failed: 1 }, 'Disabled'],
])('an endpoint that is on: %j, with %j, is called %s', (enabled, counts, label) => {
  expect(stateOf({ enabled }, counts).label).toBe(label);
});

test.each([
  [{ httpStatus: 500, error: null, completedAt: '' }, '500'],
  [{ httpStatus: null, error: 'ECONNREFUSED', completedAt: '' }, 'nobody listens there'],
  [{ httpStatus: null, error: 'EPROTO', completedAt: '' }, 'EPROTO'],
  [{ httpStatus: null, error: null, completedAt: null }, 'under way'],
])('what came of the attempt %j is “%s”', (attempt, said) => {
  expect(cameOf(attempt)).toBe(said);
});
