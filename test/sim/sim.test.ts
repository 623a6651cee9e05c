/** The simulation on every test run: all single faults, 500 seeds, and the planted bugs that few runs find (npm run sim:mutants has all), each in processes of its own. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';

const minutes = 60_000;
jest.setTimeout(15 * minutes);

const run = promisify(execFile);
const sim = (...args: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, ['--disable-warning=ExperimentalWarning', 'test/sim/main.ts', ...args], {
    cwd: path.join(import.meta.dirname, '../..'),
    maxBuffer: 2 ** 26,
  });
/** What it printed, also when it ended badly. */
const printedBy = (ended: Promise<{ stdout: string }>): Promise<string> =>
  ended.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; message: string }) => `${error.stdout ?? ''}\n${error.message}`,
  );

test('whatever single call fails, and in 500 worlds by chance, no invariant is violated', async () => {
  const printed = await printedBy(sim('--seeds', '500'));
  expect(printed).toMatch(/\n0 violations\s*$/);
});

test('each planted bug that few runs can find is found', async () => {
  const printed = await printedBy(sim('--mutants', '--quick', '--seeds', '6'));
  expect(printed).toMatch(/\n(\d+) of \1 bugs found, \d+ s\s*$/);
});

test('a seed tells the same story each time', async () => {
  const [first, second] = await Promise.all([sim('--seed', '76'), sim('--seed', '76')]);
  expect(second.stdout).toBe(first.stdout);
});
