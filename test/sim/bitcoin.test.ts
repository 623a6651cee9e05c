/** Worlds in which bitcoin is paid: each destination is paid exactly once or never, whatever fails. */
import { expect, test } from '@jest/globals';
import { byChance, played, scripts, singleFaults } from './bitcoin/scenarios.ts';

test.each(scripts)('$name: it ends as it should when no call fails', async (script) => {
  const { violations, stages } = await played(script);
  expect([violations, stages]).toEqual([[], script.ends]);
});

/** All of them are tried with `BITCOIN_FAULTS=all`. */
const every = process.env['BITCOIN_FAULTS'] === 'all' ? 1 : 9;
test.each(scripts)('$name: nobody is paid twice, whichever call fails', async (script) => {
  expect(await singleFaults(script, every)).toEqual([]);
});

test('nobody is paid twice in worlds by chance', async () => {
  const seeds = Number(process.env['BITCOIN_SEEDS'] ?? 20);
  for (let seed = 1; seed <= seeds; seed += 1) expect(await byChance(seed)).toEqual([]);
});
