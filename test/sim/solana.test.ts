/** Worlds in which Solana is paid on: each destination is paid exactly once or never, whatever fails. */
import { expect, test } from '@jest/globals';
import { byChance, played, scripts } from './solana/scenarios.ts';

test.each(scripts)('$name: it ends as it should when no call fails', async (script) => {
  const { violations, stages } = await played(script);
  expect([violations, stages]).toEqual([[], script.ends]);
});

/** More of them are tried with `SOLANA_SEEDS`. In each of them a call is lost, or the last of its function. */
test('nobody is paid twice in worlds by chance', async () => {
  const seeds = Number(process.env['SOLANA_SEEDS'] ?? 2);
  for (let seed = 1; seed <= seeds; seed += 1) expect(await byChance(seed)).toEqual([]);
});
