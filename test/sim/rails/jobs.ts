/** The runs of the small worlds: every fault at every call of their scripts, and worlds by chance. Each rail is loaded when it is asked for. */
import type { Fault } from './calls.ts';

export type RailJob = { rail: RailName } & (
  | { script: string; call: number; fault?: Fault }
  | { from: number; seeds: number }
);
export type RailResult = { runs: number; violations: readonly string[] };

/** So many in one job: a worker is given the next one when it has done them. */
const seedsTogether = 10;

type Played = { violations: readonly string[]; stages: readonly string[]; calls: number };
type Worlds<S extends { name: string; ends: readonly string[] }> = {
  scripts: readonly S[];
  played(script: S): Promise<Played>;
  faultsAt(script: S, call: number, only?: Fault): Promise<RailResult>;
  byChance(seed: number): Promise<readonly string[]>;
};
/** The worlds of a rail, whichever it is: what can be done with each script stands beside it. */
const worldsIn = <S extends { name: string; ends: readonly string[] }>(of: Worlds<S>) => ({
  byChance: of.byChance,
  scripts: of.scripts.map((script) => ({
    ...{ name: script.name, ends: script.ends },
    played: () => of.played(script),
    faultsAt: (call: number, only?: Fault) => of.faultsAt(script, call, only),
  })),
});

const rails = {
  bitcoin: async () => worldsIn((await import('../bitcoin/scenarios.ts')).bitcoinWorlds),
  solana: async () => worldsIn((await import('../solana/scenarios.ts')).solanaWorlds),
} as const;
export type RailName = keyof typeof rails;
export const railNames = Object.keys(rails) as RailName[];

/** All jobs of one rail. Throws when a script ends otherwise than it should although no call fails. */
export async function railJobs(rail: RailName, seeds: number): Promise<RailJob[]> {
  const jobs: RailJob[] = [];
  for (const { name, ends, played } of (await rails[rail]()).scripts) {
    const { violations, stages, calls } = await played();
    if (violations.length > 0 || stages.join() !== ends.join())
      throw new Error(`${rail}, ${name}, with nothing failing: ${violations} ${stages}`);
    for (let call = 0; call < calls; call += 1) jobs.push({ rail, script: name, call });
  }
  for (let from = 1; from <= seeds; from += seedsTogether)
    jobs.push({ rail, from, seeds: Math.min(seedsTogether, seeds - from + 1) });
  return jobs;
}

export async function performRail(job: RailJob): Promise<RailResult> {
  const worlds = await rails[job.rail]();
  if ('script' in job) {
    const script = worlds.scripts.find(({ name }) => name === job.script);
    if (script === undefined) throw new Error(`${job.rail} has no script ${job.script}`);
    return script.faultsAt(job.call, job.fault);
  }
  const violations: string[] = [];
  for (let seed = job.from; seed < job.from + job.seeds; seed += 1)
    violations.push(...(await worlds.byChance(seed)));
  return { runs: job.seeds, violations };
}
