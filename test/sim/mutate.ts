/** Whether a planted bug is found, and by what first: the calm runs, seeds, or single faults. */
import type { Code } from './bundles.ts';
import { type Call, movesMoney } from './faults.ts';
import { bundleAll, type Job, makeSingles, nameOf, perform } from './jobs.ts';
import { likelyFor } from './likely.ts';
import { mutants } from './mutants.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

export type Verdict = {
  mutant: number;
  /** What was violated, and how to see it again; null: it survived. */
  killedBy: string | null;
  runs: number;
  /** Seeds that were tried; 0: the scenarios alone have found it. */
  seeds: number;
};

export async function verdictOn({
  mutant,
  seedsMax,
}: {
  mutant: number;
  seedsMax: number;
}): Promise<Verdict> {
  const planted = mutants[mutant];
  if (planted === undefined) throw new Error(`there is no mutant ${mutant}`);
  const code = await bundleAll(planted);
  let runs = 0;
  let seeds = 0;
  for await (const job of jobs(code, seedsMax, likelyFor(planted.bug))) {
    runs += 1;
    if (job.job === 'seed') seeds += 1;
    const killedBy = await perform(job, code).then(
      ({ violations: [first] }) =>
        first === undefined ? null : `${first.invariant} ${nameOf(job)}`,
      // An assertion of the product itself, or the world stands still: found as well.
      (error: unknown) => `${String(error).split('\n')[0]} ${nameOf(job)}`,
    );
    if (killedBy !== null) return { mutant, killedBy, runs, seeds };
  }
  return { mutant, killedBy: null, runs, seeds };
}

/** What is likeliest to find it comes first: its scenario with whatever fails in it, then that nothing fails, then what is asked of those who move money, then chance. */
async function* jobs(
  code: Code,
  seedsMax: number,
  likely: string | undefined,
): AsyncGenerator<Job> {
  for (const scenario of scenarios)
    if (scenario.name === likely) {
      yield { job: 'calm', scenario: likely };
      yield* singles(code, movesMoney, [scenario]);
      yield* singles(code, (call) => !movesMoney(call), [scenario]);
    }
  for (const { name } of scenarios) yield { job: 'calm', scenario: name };
  yield* singles(code, movesMoney);
  for (let seed = 1; seed <= seedsMax; seed += 1) yield { job: 'seed', seed };
  yield* singles(code, (call) => !movesMoney(call));
}

async function* singles(
  code: Code,
  wanted: (call: Call) => boolean,
  of: readonly Scenario[] = scenarios,
): AsyncGenerator<Job> {
  const singlesOf = makeSingles(wanted);
  for (const scenario of of)
    yield* singlesOf(scenario, await perform({ job: 'calm', scenario: scenario.name }, code));
}
