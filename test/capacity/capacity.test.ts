/** A small run of `npm run capacity`: the product goes through the models with AWS's limits on, and the report adds up. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';
import type { Report } from './case.ts';
import { Peak, Purses } from './rates.ts';

jest.setTimeout(10 * 60_000);

const run = promisify(execFile);

test('what is offered to one wallet is held in order and completed, and the report says what it used', async () => {
  const main = ['--disable-warning=ExperimentalWarning', 'test/capacity/main.ts'];
  const { stdout } = await run(
    process.execPath,
    [...main, '--rate', '30', '--seconds', '3', '--json'],
    { cwd: path.join(import.meta.dirname, '../..') },
  );
  const report = JSON.parse(stdout) as Report;
  expect(report).toMatchObject({ refused: 0, outOfOrder: 0, notCompleted: 0 });
  expect(report.offered).toBeGreaterThan(3 * 30);
  expect(report.stages).toHaveLength(5);
  for (const { p50, p99 } of report.stages) expect(p50 > 0 && p99 >= p50).toBe(true);
  expect(report.units.written).toBeGreaterThan(report.units.invocations);
  expect(report.dollarsPerMillion).toBeGreaterThan(1);
  const parts = report.limits.map(({ used, most }) => used / most);
  expect(parts).toEqual(parts.toSorted((a, b) => b - a));
  expect(parts.every((part) => part > 0)).toBe(true);
});

test('a purse gives while nothing is owed, and saves no more than it holds', () => {
  const purses = new Purses(10, 3);
  purses.take('a', 25, 0);
  expect(purses.hasAny('a', 0)).toBe(false);
  expect(purses.hasAny('b', 0)).toBe(true);
  expect(purses.hasAny('a', 1_400)).toBe(false);
  expect(purses.hasAny('a', 1_600)).toBe(true);
  purses.take('a', 31, 60_000);
  expect(purses.hasAny('a', 60_000)).toBe(false);
});

test('a peak is the most of one name within one second', () => {
  const peak = new Peak();
  peak.count('a', 2, 0);
  peak.count('b', 3, 100);
  peak.count('a', 2, 999);
  peak.count('a', 3, 1_000);
  expect(peak.most).toEqual({ name: 'a', used: 4 });
});
