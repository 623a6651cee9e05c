/** Worlds in which Solana is paid on: each destination is paid exactly once or never, whatever fails. `npm run sim` has all of them. */
import { expect, test } from '@jest/globals';
import { solanaWorlds } from './solana/scenarios.ts';

const { scripts, played, someFaults, byChance } = solanaWorlds;

test.each(scripts)('$name: it ends as it should when no call fails', async (script) => {
  const { violations, stages } = await played(script);
  expect([violations, stages]).toEqual([[], script.ends]);
});

test.each(scripts)('$name: nobody is paid twice, whichever call fails', async (script) => {
  expect(await someFaults(script, 8)).toEqual([]);
});

test('nobody is paid twice in worlds by chance', async () => {
  for (let seed = 1; seed <= 20; seed += 1) expect(await byChance(seed)).toEqual([]);
});
