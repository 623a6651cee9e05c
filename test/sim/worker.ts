/** A process that runs what workers.ts gives it, one after the other. */
import type { Code } from './bundles.ts';
import { bundleAll, perform } from './jobs.ts';
import { verdictOn } from './mutate.ts';
import { performRail, type RailJob } from './rails/jobs.ts';
import type { Task, TaskResult } from './workers.ts';

let code: Promise<Code> | null = null;

async function resultOf(task: Task): Promise<TaskResult> {
  if (task.task === 'mutant') return { task: 'mutant', verdict: await verdictOn(task) };
  if (task.task === 'rail') return railResultOf(task.job);
  const { job } = task;
  try {
    code ??= bundleAll();
    const { calls, violations, coverage, ends, virtualMs } = await perform(job, await code);
    const found = violations.map((one) => `${one.invariant} ${one.subject}: ${one.detail}`);
    return {
      task: 'run',
      job,
      calls: calls.length,
      found,
      coverage,
      ends: [...ends.values()],
      virtualMs,
    };
  } catch (error) {
    const found = [(error as Error).stack ?? String(error)];
    return { task: 'run', job, calls: 0, found, coverage: {}, ends: [], virtualMs: 0 };
  }
}

async function railResultOf(job: RailJob): Promise<TaskResult> {
  try {
    return { task: 'rail', job, ...(await performRail(job)) };
  } catch (error) {
    return { task: 'rail', job, runs: 0, violations: [(error as Error).stack ?? String(error)] };
  }
}

process.on('message', (task: Task) => {
  void resultOf(task).then((result) => process.send?.(result));
});
