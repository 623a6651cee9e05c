/** Bugs that are planted in the Bitcoin rail are found by its worlds. `npm run sim:mutants` plants all of them. */
import { afterAll, expect, test } from '@jest/globals';
import { bitcoinMutants } from './bitcoin/mutants.ts';
import { placesOf, planting } from './rails/planting.ts';

const { foundWith, stop } = planting('test/sim/bitcoin/entry.ts');
afterAll(stop);

test.each(bitcoinMutants)('$bug: the line that it changes is there once', (planted) => {
  expect(placesOf(planted)).toBe(1);
});

/** Every third one: each is a build and some hundred runs. */
const some = bitcoinMutants.filter((_, index) => index % 3 === 0);
test.each(some)('$bug: it is found', async (planted) => {
  expect(await foundWith(planted)).not.toBeNull();
});
