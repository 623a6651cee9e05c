/**
 * Worlds in which bitcoin is paid, and worlds in which Solana is paid on, in processes of their own: each destination is paid exactly once
 * or never, whatever fails. One in so many of all (`npm run sim` has them whole), and one in so many of the bugs that they have to
 * find (`npm run sim:mutants` plants all).
 */
import { describe, expect, jest, test } from '@jest/globals';
import { bitcoinMutants } from './bitcoin/mutants.ts';
import { printedBy, sim } from './printed.ts';
import { placesOf } from './rails/planting.ts';
import { solanaMutants } from './solana/mutants.ts';

const minutes = 60_000;
jest.setTimeout(5 * minutes);

describe.each([
  { rail: 'bitcoin', mutants: bitcoinMutants },
  { rail: 'solana', mutants: solanaMutants },
])('$rail', ({ rail, mutants }) => {
  test('its scripts end as they should, and nobody is paid twice, whichever call fails and in worlds by chance', async () => {
    const printed = await printedBy(sim('--rail', rail, '--seeds', '800', '--every', '40'));
    expect(printed).toMatch(
      new RegExp(`${rail}: [1-9]\\d* single faults, [1-9]\\d* worlds by chance, 0 violations`),
    );
  });

  test.each(mutants)('$bug: the line that it changes is there once', (planted) => {
    expect(placesOf(planted)).toBe(1);
  });

  test('bugs that are planted in the rail are found', async () => {
    const printed = await printedBy(sim('--rail', rail, '--mutants', '--every', '3'));
    expect(printed).toMatch(/\n(\d+) of \1 bugs found/);
  });
});
