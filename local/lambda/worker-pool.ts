/** Keeps the workers of one function: they start when they are needed and stay warm for a while. */
import { randomUUID } from 'node:crypto';
import { areCoresBusy } from '../host/cores.ts';
import { type FunctionWorker, type StartOptions, startWorker } from './function-worker.ts';
import type { FunctionError, Invocation } from './invocation.ts';

export type WorkerPool = {
  /** Waits for a free worker and invokes the function with JSON. It never rejects. */
  invoke(payload: string): Promise<Invocation>;
  /** How many invocations can run at this moment without waiting, those included that run. */
  size(): number;
  /** Calls the listener whenever `size` has grown. */
  onGrown(listener: () => void): void;
  /** Ends every worker. Invocations that were running or waiting have failed. */
  stop(): Promise<void>;
};
export type PoolOptions = StartOptions & { limits?: Partial<PoolLimits> };
export type PoolLimits = {
  /** The most workers while invocations are short, because they compete for a few cores. */
  workersMax: number;
  /** The most workers, those included that have waited for an outside system for `longMs`. Those that wait for a core get no company. */
  waitingWorkersMax: number;
  longMs: number;
  /** As `longMs`, while all cores are busy: then whoever waits may wait for an engine that waits for a core. */
  longWhenBusyMs: number;
  /** How long a worker that is not used is kept, and how long those are that are idle beside others. */
  idleMs: number;
  spareIdleMs: number;
};

const defaults: PoolLimits = {
  workersMax: 3,
  waitingWorkersMax: 24,
  longMs: 500,
  longWhenBusyMs: 3_000,
  idleMs: 120_000,
  spareIdleMs: 15_000,
};

type Job = { payload: string; resolve: (invocation: Invocation) => void };
type Busy = { worker: FunctionWorker; since: number };

export function makeWorkerPool({ limits, ...start }: PoolOptions): WorkerPool {
  const { workersMax, waitingWorkersMax, idleMs, spareIdleMs, ...long } = {
    ...defaults,
    ...limits,
  };
  const pending: Job[] = [];
  const idle: { worker: FunctionWorker; timer: NodeJS.Timeout }[] = [];
  const busy = new Set<Busy>();
  let starting: Promise<void> | null = null;
  let stopped = false;
  const listeners: (() => void)[] = [];
  let lookAgain: NodeJS.Timeout | null = null;

  const invoke = (payload: string): Promise<Invocation> =>
    new Promise((resolve) => {
      if (stopped) return resolve(refusal('Function.Stopped', 'The local system is stopping.'));
      pending.push({ payload, resolve });
      dispatch();
    });

  function dispatch(): void {
    while (pending.length > 0) {
      const worker = takeIdle();
      const job = worker && pending.shift();
      if (worker === undefined || job === undefined) break;
      void run(worker, job);
    }
    if (pending.length > 0 && starting === null && !stopped) grow();
  }

  async function run(worker: FunctionWorker, { payload, resolve }: Job): Promise<void> {
    const entry: Busy = { worker, since: Date.now() };
    busy.add(entry);
    const invocation = await worker.run(randomUUID(), payload);
    busy.delete(entry);
    if (!invocation.ok && !stopped) start.log.failed(invocation.requestId, invocation.error);
    if (worker.alive()) keepWarm(worker);
    resolve(invocation);
    dispatch();
  }

  /** The idle worker that was used last, so that the others can end. */
  function takeIdle(): FunctionWorker | undefined {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      clearTimeout(last.timer);
      if (last.worker.alive()) return last.worker;
    }
    return undefined;
  }

  function keepWarm(worker: FunctionWorker): void {
    if (stopped) return void worker.end();
    const isSpare = idle.length > 0;
    const timer = setTimeout(
      () => {
        idle.splice(
          idle.findIndex((one) => one.worker === worker),
          1,
        );
        void worker.end();
      },
      isSpare ? Math.min(idleMs, spareIdleMs) : idleMs,
    );
    timer.unref();
    idle.push({ worker, timer });
  }

  /** Adds one worker at a time, because starting one takes as much CPU as dozens of invocations. */
  function grow(): void {
    if (busy.size < workersMax || (busy.size < waitingWorkersMax && working() < workersMax)) {
      starting = startWorker(start)
        .then((worker) => {
          keepWarm(worker);
          for (const grown of listeners) grown();
        })
        .catch((error: FunctionError) => {
          const invocation = refusal(error.errorType, error.errorMessage);
          start.log.failed(invocation.requestId, error);
          pending.shift()?.resolve(invocation);
        })
        .finally(() => {
          starting = null;
          dispatch();
        });
    } else if (busy.size < waitingWorkersMax && lookAgain === null) {
      lookAgain = setTimeout(() => {
        lookAgain = null;
        dispatch();
      }, long.longMs);
    }
  }

  /** How many are at work, or may be: those that have waited for long take no core from anybody. */
  const working = (): number => {
    const before = Date.now() - (areCoresBusy() ? long.longWhenBusyMs : long.longMs);
    return [...busy].filter(({ since, worker }) => since > before || !worker.waits()).length;
  };

  return {
    invoke,
    size: () => Math.max(1, busy.size + idle.length),
    onGrown: (listener) => {
      listeners.push(listener);
    },
    stop: async () => {
      stopped = true;
      if (lookAgain !== null) clearTimeout(lookAgain);
      for (const { resolve } of pending.splice(0))
        resolve(refusal('Function.Stopped', 'The local system is stopping.'));
      await starting;
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all([...idle, ...busy].map(({ worker }) => worker.end()));
    },
  };
}

const refusal = (errorType: string, errorMessage: string): Invocation & { ok: false } => ({
  requestId: randomUUID(),
  ok: false,
  error: { errorType, errorMessage },
});
