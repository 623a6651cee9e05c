/** `npm run sim`: every single fault, then random seeds, on all cores (options.ts has what else). `SEED=217 npm run sim` tells the story of one. */
import { busyWallet } from './busy-wallet.ts';
import { addUp, type Coverage, tableOf, unmoved, unreached } from './coverage.ts';
import type { Fault } from './faults.ts';
import { bundleAll, type Job, makeSingles, nameOf, perform } from './jobs.ts';
import { mutants } from './mutants.ts';
import type { Verdict } from './mutate.ts';
import { seedsUsual, simOptions } from './options.ts';
import type { Fault as RailFault } from './rails/calls.ts';
import { performRail, type RailName, railJobs, railNames } from './rails/jobs.ts';
import { plantedIn } from './rails/plant.ts';
import { scenarios } from './scenarios.ts';
import { onAllCores } from './workers.ts';

const values = simOptions();
/** Enough to look at. */
const foundMax = 20;
const began = performance.now();
const seconds = (): number => Math.round((performance.now() - began) / 1_000);

const seed = values.seed ?? process.env['SEED'];
if (values.rail !== undefined) await runRail(values.rail, seed);
else if (seed !== undefined) await tell({ job: 'seed', seed: Number(seed) });
else if (values.scenario !== undefined) await tell(ofScenario(values.scenario));
else if (values.busy !== undefined) await beBusy(Number(values.busy));
else if (values.mutants) await plantAll();
else await runAll();

function ofScenario(scenario: string): Job {
  if (values.call === undefined) return { job: 'calm', scenario };
  return { job: 'single', scenario, index: Number(values.call), fault: values.fault as Fault };
}

/** One run, as a story. */
async function tell(job: Job): Promise<void> {
  const { story, violations, ends } = await perform(job, await bundleAll());
  console.log(story.join('\n'));
  for (const [id, end] of ends) console.log(`${id}: ${end}`);
  for (const { invariant, subject, detail } of violations)
    console.log(`VIOLATION ${invariant} ${subject}: ${detail}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

/** Each scenario with nothing failing: it has to end well, and shows which calls can fail. */
async function calmRuns(): Promise<Job[]> {
  const code = await bundleAll();
  const singles: Job[] = [];
  const singlesOf = makeSingles();
  for (const scenario of scenarios) {
    if (values.only !== undefined && scenario.name !== values.only) continue;
    const calm = await perform({ job: 'calm', scenario: scenario.name }, code);
    for (const { invariant, detail } of calm.violations)
      throw new Error(`${scenario.name}, with nothing failing: ${invariant} ${detail}`);
    singles.push(...singlesOf(scenario, calm));
  }
  return singles;
}

async function runAll(): Promise<void> {
  const singles = (await calmRuns()).filter((_, index) => index % Number(values.every) === 0);
  const count = values.only === undefined ? Number(values.seeds) : 0;
  const seeds = Array.from({ length: count }, (_, at): Job => ({ job: 'seed', seed: at + 1 }));
  console.log(`${scenarios.length} scenarios, ${singles.length} single faults, ${count} seeds`);

  let runs = 0;
  let calls = 0;
  let virtualMs = 0;
  let coverage: Coverage = {};
  const ends = new Map<string, number>();
  const found: string[] = [];
  await onAllCores(
    [...singles, ...seeds].map((job) => ({ task: 'run', job })),
    (result) => {
      if (result.task !== 'run') return 'go on';
      runs += 1;
      calls += result.calls;
      virtualMs += result.virtualMs;
      coverage = addUp([coverage, result.coverage]);
      for (const end of result.ends) ends.set(end, (ends.get(end) ?? 0) + 1);
      for (const what of result.found)
        found.push(`${what}\n  again: npm run sim -- ${nameOf(result.job)}`);
      return found.length >= foundMax ? 'stop' : 'go on';
    },
  );
  console.log(tableOf(coverage));
  const missing = values.only === undefined && count > 0 ? wantedOf(coverage, count) : [];
  for (const cell of missing) console.log(`NOT REACHED ${cell}`);
  console.log(`\nended: ${[...ends].map(([end, many]) => `${end} ${many}`).join(', ')}`);
  // A part of everything leaves the small worlds to their own tests.
  const isWhole = values.only === undefined && values.every === '1';
  for (const rail of isWhole ? railNames : []) found.push(...(await runSmallWorlds(rail, count)));
  const days = Math.round(virtualMs / 86_400_000);
  console.log(`${runs} runs, ${calls} calls, ${days} virtual days, ${seconds()} s`);
  for (const one of found) console.log(`\nVIOLATION ${one}`);
  console.log(`${found.length} violations`);
  process.exitCode = found.length + missing.length === 0 ? 0 : 1;
}

/** Every single fault of the small worlds of a rail, and so many of them by chance. */
async function runSmallWorlds(rail: RailName, seeds: number): Promise<string[]> {
  const jobs = (await railJobs(rail, seeds)).filter((_, at) => at % Number(values.every) === 0);
  const found: string[] = [];
  let [singles, worlds] = [0, 0];
  await onAllCores(
    jobs.map((job) => ({ task: 'rail', job })),
    (result) => {
      if (result.task !== 'rail') return 'go on';
      if ('script' in result.job) singles += result.runs;
      else worlds += result.runs;
      found.push(...result.violations.map((one) => `${rail}: ${one}`));
      return found.length >= foundMax ? 'stop' : 'go on';
    },
  );
  console.log(
    `${rail}: ${singles} single faults, ${worlds} worlds by chance, ${found.length} violations`,
  );
  return found;
}

/** Plants the bugs of a rail, or one in so many, and answers how many that were, and how many of them survive. */
async function plantRail(rail: RailName): Promise<{ planted: number; survivors: number }> {
  let [planted, survivors] = [0, 0];
  for await (const { bug, found } of plantedIn(rail, Number(values.every))) {
    planted += 1;
    if (found === null) survivors += 1;
    console.log(`${`${rail}: ${bug}`.padEnd(66)} ${found ?? 'SURVIVED'}`);
  }
  return { planted, survivors };
}

function tellPlanted(planted: number, survivors: number): void {
  console.log(`\n${planted - survivors} of ${planted} bugs found, ${seconds()} s`);
  process.exitCode = survivors === 0 ? 0 : 1;
}

/** The small worlds of one rail alone, or one of them. */
async function runRail(rail: RailName, one: string | undefined): Promise<void> {
  if (values.mutants) {
    const { planted, survivors } = await plantRail(rail);
    return tellPlanted(planted, survivors);
  }
  const { scenario: script, call, fault } = values;
  const only = fault === undefined ? {} : { fault: fault as RailFault };
  const found =
    one !== undefined
      ? (await performRail({ rail, from: Number(one), seeds: 1 })).violations
      : script !== undefined
        ? (await performRail({ rail, script, call: Number(call ?? 0), ...only })).violations
        : await runSmallWorlds(rail, Number(values.seeds));
  for (const violation of found) console.log(`VIOLATION ${violation}`);
  console.log(`${found.length} violations`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

/** Every cell of the table is to be reached by whoever runs everything; a part of it has to reach every move. */
function wantedOf(coverage: Coverage, seeds: number): string[] {
  return values.every === '1' && seeds >= seedsUsual ? unreached(coverage) : unmoved(coverage);
}

/**
 * With all well, then with one call in twenty failing and plenty of cash, just enough, and enough for half of some: there each
 * refusal of a repetition is waited for a quarter of an hour, and nobody passes.
 */
async function beBusy(withdrawals: number): Promise<void> {
  const code = await bundleAll();
  const some = Math.ceil(withdrawals / 10);
  const cents = (count: number) => BigInt(count) * 1_000n;
  const worlds = [
    ['well', 0, withdrawals, cents(10 * withdrawals)],
    ['plenty', 0.05, withdrawals, cents(10 * withdrawals)],
    ['enough', 0.05, withdrawals, cents(withdrawals)],
    ['half', 0.2, 2 * some, cents(some)],
  ] as const;
  for (const [name, failing, count, has] of worlds) {
    const took = await busyWallet({ code, seed: 1, withdrawals: count, failing, cents: has });
    const { ms, held, violations } = took;
    console.log(`${name}: ${held} held after ${ms} ms, ${violations.length} violations`);
    for (const { invariant, detail } of violations.slice(0, foundMax))
      console.log(`VIOLATION ${invariant} ${detail}`);
  }
}

async function plantAll(): Promise<void> {
  const verdicts: Verdict[] = [];
  const seedsMax = Number(values.seeds);
  // Every test run looks at the scenarios without any bug as well.
  if (!values.quick) await calmRuns();
  const wanted = values.plant?.split(',').map((number) => Number(number) - 1);
  const chosen = [...mutants.keys()]
    .filter((at) =>
      wanted === undefined ? !(values.quick && mutants[at]?.isSubtle) : wanted.includes(at),
    )
    .filter((_, index) => index % Number(values.every) === 0);
  await onAllCores(
    chosen.map((mutant) => ({ task: 'mutant', mutant, seedsMax })),
    (result) => {
      if (result.task === 'mutant') verdicts.push(result.verdict);
      return 'go on';
    },
  );
  verdicts.sort((a, b) => a.mutant - b.mutant);
  for (const { mutant, killedBy, seeds, runs } of verdicts) {
    const by = killedBy === null ? 'SURVIVED' : seeds === 0 ? 'scenario' : `seed ${seeds}`;
    const what = `${String(mutant + 1).padStart(2)}  ${mutants[mutant]?.bug ?? ''}`;
    console.log(
      `${what.padEnd(66)} ${by.padEnd(10)} ${String(runs).padStart(4)} runs  ${killedBy ?? ''}`,
    );
  }
  const counts = [
    {
      planted: verdicts.length,
      survivors: verdicts.filter(({ killedBy }) => killedBy === null).length,
    },
  ];
  // A part of all bugs leaves those of the small worlds to their own tests.
  const isWhole = wanted === undefined && !values.quick && values.every === '1';
  for (const rail of isWhole ? railNames : []) counts.push(await plantRail(rail));
  const sum = (of: 'planted' | 'survivors') => counts.reduce((all, one) => all + one[of], 0);
  tellPlanted(sum('planted'), sum('survivors'));
}
