/** The simulation on every test run: every fiftieth single fault, and 30 seeds (npm run sim has all, and 500), in processes of its own. */
import { expect, jest, test } from '@jest/globals';
import { printedBy, sim } from './printed.ts';

const minutes = 60_000;
jest.setTimeout(15 * minutes);

test('whatever single call fails, and in 30 worlds by chance, no invariant is violated', async () => {
  const printed = await printedBy(sim('--seeds', '30', '--every', '50'));
  expect(printed).toMatch(/\n0 violations\s*$/);
});

test('a seed tells the same story each time', async () => {
  const [first, second] = await Promise.all([sim('--seed', '76'), sim('--seed', '76')]);
  expect(second.stdout).toBe(first.stdout);
});
