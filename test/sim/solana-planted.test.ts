/** Bugs that are planted in the Solana rail are found by its worlds. `npm run sim:mutants` plants all of them. */
import { afterAll, expect, test } from '@jest/globals';
import { placesOf, planting } from './rails/planting.ts';
import { solanaMutants } from './solana/mutants.ts';

const { foundWith, stop } = planting('test/sim/solana/entry.ts');
afterAll(stop);

test.each(solanaMutants)('$bug: the line that it changes is there once', (planted) => {
  expect(placesOf(planted)).toBe(1);
});

/** Every third one: each is a build and some hundred runs. */
const some = solanaMutants.filter((_, index) => index % 3 === 0);
test.each(some)('$bug: it is found', async (planted) => {
  expect(await foundWith(planted)).not.toBeNull();
});
