/** Runs on all cores: each worker is given the next task when it has done one. */
import { fork } from 'node:child_process';
import { availableParallelism, constants, setPriority } from 'node:os';
import path from 'node:path';
import type { Coverage } from './coverage.ts';
import type { Job } from './jobs.ts';
import type { Verdict } from './mutate.ts';
import type { RailJob, RailResult } from './rails/jobs.ts';

export type Task =
  | { task: 'run'; job: Job }
  | { task: 'mutant'; mutant: number; seedsMax: number }
  | { task: 'rail'; job: RailJob };
export type RunResult = {
  task: 'run';
  job: Job;
  calls: number;
  /** What is wrong, in words. */
  found: readonly string[];
  coverage: Coverage;
  ends: readonly string[];
  virtualMs: number;
};
export type TaskResult =
  | RunResult
  | { task: 'mutant'; verdict: Verdict }
  | ({ task: 'rail'; job: RailJob } & RailResult);

const progressEveryMs = 10_000;
/** A process that has evaluated so many bundles keeps too much of them: another takes its place. */
const tasksPerWorkerMax = 2_000;

/** Resolves when all are done, or `take` wants no more. */
export async function onAllCores(
  tasks: readonly Task[],
  take: (result: TaskResult) => 'go on' | 'stop',
): Promise<void> {
  const began = performance.now();
  const queue = [...tasks];
  let done = 0;
  let told = 0;
  const tell = (): void => {
    const ms = performance.now() - began;
    if (ms - told < progressEveryMs) return;
    told = ms;
    console.error(`${done} of ${tasks.length}, ${Math.round(ms / 1_000)} s`);
  };
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(path.join(import.meta.dirname, 'worker.ts'));
      // Whoever waits for a clock beside it, such as the end-to-end tests, goes first.
      if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
      let ended = false;
      let given = 0;
      const next = (): void => {
        const task = given < tasksPerWorkerMax ? queue.shift() : undefined;
        given += 1;
        if (task !== undefined) child.send(task);
        else {
          ended = true;
          child.kill();
          resolve(queue.length > 0 ? work() : undefined);
        }
      };
      child.on('message', (result: TaskResult) => {
        done += 1;
        if (take(result) === 'stop') queue.length = 0;
        tell();
        next();
      });
      child.on('exit', (status, signal) => {
        if (!ended) reject(new Error(`a worker ended with ${status ?? signal}`));
      });
      next();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}
