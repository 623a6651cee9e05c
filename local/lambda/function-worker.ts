/** Starts one worker thread, gives it work, and ends it when its time is over. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { functionArnOf } from '../template/identities.ts';
import type { FunctionLog } from './function-log.ts';
import type { FunctionError, FunctionSpec, Invocation, Report, Task } from './invocation.ts';
import type { WorkerData } from './worker.ts';

export type FunctionWorker = {
  /** Runs one invocation; there must be no other at the time. It never rejects. */
  run(requestId: string, payload: string): Promise<Invocation>;
  /** Whether the thread can take more work. */
  alive(): boolean;
  /** Whether the invocation that runs has done little but wait: it then waits for an outside system, and not for a core. */
  waits(): boolean;
  end(): Promise<void>;
};
export type StartOptions = {
  spec: FunctionSpec;
  log: FunctionLog;
  compileCacheFolder: string;
  /** What the thread is called. The system shows the first fifteen letters. */
  threadName?: string;
};

/** The limit of the init phase (AWS Lambda guide, "Lambda execution environment lifecycle"). */
const initTimeoutMs = 10_000;
/** Of 4 MB, as a thread would otherwise have, a busy function spends a sixth of its time in the garbage collector (measured). */
const youngGenerationMb = 8;
/** A thread that has a core, or waits for one, is busy nearly all of the time. */
const waitingPart = 0.5;

const programs = new Map<string, URL>();
/**
 * The thread's code without its types. A thread that strips them itself loads a compiler for it, which takes 11 MB and
 * 40 ms (measured).
 */
function programIn(folder: string): URL {
  const known = programs.get(folder);
  if (known !== undefined) return known;
  const source = readFileSync(new URL('./worker.ts', import.meta.url), 'utf8');
  mkdirSync(folder, { recursive: true });
  const file = path.resolve(folder, 'worker.mjs');
  writeFileSync(file, stripTypeScriptTypes(source));
  const program = pathToFileURL(file);
  programs.set(folder, program);
  return program;
}

/** Starts a worker. Resolves when it has loaded the function, and rejects with a FunctionError when it cannot. */
export async function startWorker({
  spec,
  log,
  compileCacheFolder,
  threadName = spec.name,
}: StartOptions): Promise<FunctionWorker> {
  const functionArn = functionArnOf(spec.name);
  const workerData: WorkerData = { spec, functionArn, compileCacheFolder, logFile: log.file };
  const worker = new Worker(programIn(compileCacheFolder), {
    name: threadName,
    workerData,
    env: spec.environment,
    // It writes into the function's file. Nothing of it shall come out of our own.
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: spec.memoryMb,
      maxYoungGenerationSizeMb: youngGenerationMb,
    },
  });
  let alive = true;
  let onReport: (report: Report) => void = () => {};
  let onEnd: (error: FunctionError) => void = () => {};
  let cause: FunctionError | null = null;
  worker.on('message', (report: Report) =>
    report.kind === 'said' ? log.said(report.line) : onReport(report),
  );
  worker.on('error', (error: Error) => {
    alive = false;
    cause = { errorType: error.name ?? 'Error', errorMessage: String(error.message ?? error) };
  });
  worker.on('exit', (code) => {
    alive = false;
    onEnd(
      cause ?? {
        errorType: 'Runtime.ExitError',
        errorMessage: `Runtime exited with error: exit status ${code}`,
      },
    );
  });
  const end = async (): Promise<void> => {
    alive = false;
    await worker.terminate();
  };

  await new Promise<void>((resolve, reject) => {
    const fail = (error: FunctionError): void => {
      clearTimeout(timer);
      void end();
      reject(error);
    };
    const timer = setTimeout(() => fail(initTimedOut), initTimeoutMs);
    onEnd = fail;
    onReport = (report) => {
      if (report.kind === 'init-error') return fail(report.error);
      clearTimeout(timer);
      resolve();
    };
  });

  let began = worker.performance.eventLoopUtilization();
  return {
    alive: () => alive,
    waits: () =>
      worker.performance.eventLoopUtilization(worker.performance.eventLoopUtilization(), began)
        .utilization < waitingPart,
    end,
    run: (requestId, payload) =>
      new Promise((resolve) => {
        const finish = (invocation: Invocation): void => {
          clearTimeout(timer);
          onReport = () => {};
          onEnd = () => {};
          resolve(invocation);
        };
        const timer = setTimeout(() => {
          void end();
          finish({ requestId, ok: false, error: timedOut(requestId, spec.timeoutMs) });
        }, spec.timeoutMs);
        onEnd = (error) => finish({ requestId, ok: false, error });
        onReport = (report) => {
          if (report.kind === 'done' && report.requestId === requestId) finish(report);
        };
        if (!alive) return onEnd(cause ?? workerEnded);
        began = worker.performance.eventLoopUtilization();
        const task: Task = { requestId, payload, deadlineMs: Date.now() + spec.timeoutMs };
        worker.postMessage(task);
      }),
  };
}

const workerEnded: FunctionError = {
  errorType: 'Runtime.ExitError',
  errorMessage: 'Runtime exited before the invocation',
};
const initTimedOut: FunctionError = {
  errorType: 'Sandbox.Timedout',
  errorMessage: `Init timed out after ${initTimeoutMs / 1_000} seconds`,
};
const timedOut = (requestId: string, timeoutMs: number): FunctionError => ({
  errorType: 'Sandbox.Timedout',
  errorMessage: `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`,
});
