/** Three hundred withdrawals at once from one wallet at the brokerage, one call of a provider in twenty failing, in virtual time. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, jest, test } from '@jest/globals';

jest.setTimeout(15 * 60_000);

const run = promisify(execFile);
const minute = 60_000;
const many = 300;

test('lost answers cost one wallet less than a minute, and where cash is short the later ones are refused', async () => {
  const main = ['--disable-warning=ExperimentalWarning', 'test/sim/main.ts', '--busy', `${many}`];
  const { stdout } = await run(process.execPath, main, {
    cwd: path.join(import.meta.dirname, '../..'),
  });
  const lines = stdout.matchAll(/^(\w+): (\d+) held after (\d+) ms, (\d+) violations$/gm);
  const worlds = new Map(
    [...lines].map(([, name, held, ms, faults]) => [name, [held, ms, faults].map(Number)] as const),
  );
  const [held, wellMs = 0, faults] = worlds.get('well') ?? [];
  expect([held, faults]).toEqual([many, 0]);
  for (const name of ['plenty', 'enough']) {
    const [heldHere, ms, faultsHere] = worlds.get(name) ?? [];
    expect([name, heldHere, faultsHere]).toEqual([name, many, 0]);
    expect(ms).toBeLessThan(wellMs + minute);
  }
  expect(worlds.get('half')?.[0]).toBe(many / 10);
  expect(worlds.get('half')?.[2]).toBe(0);
});
