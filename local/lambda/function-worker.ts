/** Starts one worker thread, gives it work, and ends it when its time is over. */
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
  end(): Promise<void>;
};
export type StartOptions = { spec: FunctionSpec; log: FunctionLog; compileCacheFolder: string };

/** The limit of the init phase (AWS Lambda guide, "Lambda execution environment lifecycle"). */
const initTimeoutMs = 10_000;
/**
 * V8 lets the young generation grow to 16 MB and more; 4 MB make a worker 20 MB instead of 31 MB and start faster
 * (measured with a function that holds the DynamoDB and SQS clients).
 */
const youngGenerationMb = 4;

/** Starts a worker. Resolves when it has loaded the function, and rejects with a FunctionError when it cannot. */
export async function startWorker({
  spec,
  log,
  compileCacheFolder,
}: StartOptions): Promise<FunctionWorker> {
  const functionArn = functionArnOf(spec.name);
  const workerData: WorkerData = { spec, functionArn, compileCacheFolder };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    name: spec.name,
    workerData,
    env: spec.environment,
    stdout: true,
    stderr: true,
    resourceLimits: {
      maxOldGenerationSizeMb: spec.memoryMb,
      maxYoungGenerationSizeMb: youngGenerationMb,
    },
  });
  log.follow(worker.stdout, worker.stderr);
  let alive = true;
  let onReport: (report: Report) => void = () => {};
  let onEnd: (error: FunctionError) => void = () => {};
  let cause: FunctionError | null = null;
  worker.on('message', (report: Report) => onReport(report));
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

  return {
    alive: () => alive,
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
