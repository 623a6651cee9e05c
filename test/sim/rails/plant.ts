/** Plants every bug of a rail, and says what its worlds find of each. */
import { bitcoinMutants } from '../bitcoin/mutants.ts';
import { solanaMutants } from '../solana/mutants.ts';
import type { RailName } from './jobs.ts';
import { planting } from './planting.ts';

const mutants = { bitcoin: bitcoinMutants, solana: solanaMutants } as const;

/** `found`: the first thing that is wrong; `null`: the bug survives. */
export async function* plantedIn(
  rail: RailName,
  every: number,
): AsyncGenerator<{ bug: string; found: string | null }> {
  const { foundWith, stop } = planting(`test/sim/${rail}/entry.ts`);
  try {
    for (const planted of mutants[rail].filter((_, at) => at % every === 0))
      yield { bug: planted.bug, found: await foundWith(planted) };
  } finally {
    stop();
  }
}
