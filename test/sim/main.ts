/**
 * `npm run sim`: every single fault, then random seeds, on all cores. `SEED=217 npm run sim` tells the story of one.
 * `-- --seeds 100000` runs so many; `-- --scenario "on-ramp" --call 57 --fault freeze` one single fault again.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { addUp, type Coverage, tableOf } from './coverage.ts';
import type { Fault } from './faults.ts';
import { bundleAll, type Job, nameOf, perform, singlesOf } from './jobs.ts';
import { scenarios } from './scenarios.ts';

type Found = { job: Job; what: string };
export type Summary = {
  runs: number;
  calls: number;
  found: Found[];
  coverage: Coverage;
  ends: Record<string, number>;
};
const foundMax = 20;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '500' },
    seed: { type: 'string' },
    /** Single faults of this scenario only. */
    only: { type: 'string' },
    scenario: { type: 'string' },
    call: { type: 'string' },
    fault: { type: 'string' },
    worker: { type: 'boolean', default: false },
  },
});

async function summaryOf(jobs: AsyncIterable<Job> | Iterable<Job>): Promise<Summary> {
  const code = await bundleAll();
  const summary: Summary = { runs: 0, calls: 0, found: [], coverage: {}, ends: {} };
  for await (const job of jobs) {
    try {
      const outcome = await perform(job, code);
      summary.runs += 1;
      summary.calls += outcome.calls.length;
      summary.coverage = addUp([summary.coverage, outcome.coverage]);
      for (const end of outcome.ends.values()) summary.ends[end] = (summary.ends[end] ?? 0) + 1;
      for (const { invariant, subject, detail } of outcome.violations)
        summary.found.push({ job, what: `${invariant} ${subject}: ${detail}` });
    } catch (error) {
      summary.found.push({ job, what: (error as Error).stack ?? String(error) });
    }
    if (summary.found.length >= foundMax) break;
  }
  return summary;
}

function addSummaries(all: readonly Summary[]): Summary {
  const ends: Record<string, number> = {};
  for (const one of all)
    for (const [end, count] of Object.entries(one.ends)) ends[end] = (ends[end] ?? 0) + count;
  return {
    runs: all.reduce((sum, { runs }) => sum + runs, 0),
    calls: all.reduce((sum, { calls }) => sum + calls, 0),
    found: all.flatMap(({ found }) => found),
    coverage: addUp(all.map(({ coverage }) => coverage)),
    ends,
  };
}

/** Each worker takes every n-th job. */
async function onAllCores(jobs: readonly Job[]): Promise<Summary> {
  const cores = availableParallelism();
  const began = performance.now();
  let done = 0;
  const parts = Array.from({ length: cores }, (_, core) =>
    jobs.filter((_, at) => at % cores === core),
  );
  const summaries = await Promise.all(
    parts.map(
      (part) =>
        new Promise<Summary>((resolve, reject) => {
          const child = fork(import.meta.filename, ['--worker']);
          child.send(part);
          child.on('message', (message: { done: number } | Summary) => {
            if ('runs' in message) return resolve(message);
            done += message.done;
            const seconds = Math.round((performance.now() - began) / 1_000);
            if (process.stderr.isTTY)
              process.stderr.write(`\r${done} of ${jobs.length} runs, ${seconds} s `);
          });
          child.on('exit', (status) => reject(new Error(`a worker ended with ${status}`)));
        }),
    ),
  );
  if (process.stderr.isTTY) process.stderr.write('\n');
  return addSummaries(summaries);
}

function print({ runs, calls, found, coverage, ends }: Summary, seconds: number): void {
  console.log(tableOf(coverage));
  console.log(
    `\nended: ${Object.entries(ends)
      .map(([end, count]) => `${end} ${count}`)
      .join(', ')}`,
  );
  console.log(`${runs} runs, ${calls} calls, ${seconds} s, ${found.length} violations`);
  for (const { job, what } of found.slice(0, foundMax))
    console.log(`\n${what}\n  again: npm run sim -- ${nameOf(job)}`);
}

async function tellOne(job: Job): Promise<void> {
  const { story, violations, ends } = await perform(job, await bundleAll());
  console.log(story.join('\n'));
  for (const [id, end] of ends) console.log(`${id}: ${end}`);
  for (const { invariant, subject, detail } of violations)
    console.log(`VIOLATION ${invariant} ${subject}: ${detail}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

const seed = values.seed ?? process.env['SEED'];
if (values.worker) {
  process.once('message', (jobs: Job[]) => {
    const counted = function* () {
      for (const job of jobs) {
        yield job;
        process.send?.({ done: 1 });
      }
    };
    void summaryOf(counted()).then((summary) => process.send?.(summary, () => process.exit(0)));
  });
} else if (seed !== undefined) await tellOne({ job: 'seed', seed: Number(seed) });
else if (values.scenario !== undefined)
  await tellOne(
    values.call === undefined
      ? { job: 'calm', scenario: values.scenario }
      : {
          job: 'single',
          scenario: values.scenario,
          index: Number(values.call),
          fault: values.fault as Fault,
        },
  );
else {
  const began = performance.now();
  const code = await bundleAll();
  const singles: Job[] = [];
  const chosen = scenarios.filter(({ name }) => values.only === undefined || name === values.only);
  for (const scenario of chosen) {
    const { name } = scenario;
    const calm = await perform({ job: 'calm', scenario: name }, code);
    for (const { detail } of calm.violations) throw new Error(`${name}: ${detail}`);
    singles.push(...singlesOf(scenario, calm));
  }
  console.log(
    `${scenarios.length} scenarios, ${singles.length} single faults, ${values.seeds} seeds`,
  );
  const seeds = Array.from(
    { length: Number(values.seeds) },
    (_, at): Job => ({ job: 'seed', seed: at + 1 }),
  );
  const summary = await onAllCores([...singles, ...seeds]);
  print(summary, Math.round((performance.now() - began) / 1_000));
  process.exitCode = summary.found.length === 0 ? 0 : 1;
}
