/**
 * Starts the Due simulator in a thread of its own. At 200 transfers a second it takes a quarter of a core, which the
 * main thread of `npm start` cannot spare; the thread costs 10 MB (both measured).
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DueIdentity, DueOptions } from './due-service.ts';

export type DueSimulator = DueIdentity & { stop(): Promise<void> };

/** Resolves when it answers. An error inside it later is a bug, and ends the process. */
export async function startDueSimulator(options: DueOptions): Promise<DueSimulator> {
  // What a thread is given must be plain data, and a started chain has functions too.
  const chains = Object.entries(options.chains).map(([rail, { rpcUrl, token }]) => [
    rail,
    { rpcUrl, token },
  ]);
  const workerData: DueOptions = { ...options, chains: Object.fromEntries(chains) };
  const worker = new Worker(new URL('./due-thread.ts', import.meta.url), { workerData });
  const [identity] = (await once(worker, 'message')) as [DueIdentity];
  return {
    ...identity,
    stop: async () => {
      const ended = once(worker, 'exit');
      worker.postMessage('stop');
      await ended;
    },
  };
}
