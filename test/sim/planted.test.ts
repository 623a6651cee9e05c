/** Every eighth of the planted bugs that few runs find, on every test run (npm run sim:mutants plants all), in a process of its own. */
import { expect, jest, test } from '@jest/globals';
import { printedBy, sim } from './printed.ts';

const minutes = 60_000;
jest.setTimeout(15 * minutes);

test('each planted bug that few runs can find is found', async () => {
  const printed = await printedBy(sim('--mutants', '--quick', '--every', '8', '--seeds', '6'));
  expect(printed).toMatch(/\n(\d+) of \1 bugs found, \d+ s\s*$/);
});
