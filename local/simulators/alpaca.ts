/** Starts the Alpaca simulator in a thread of its own, so that it takes nothing from the main thread of `npm start`. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { AlpacaIdentity, AlpacaOptions } from './alpaca-service.ts';

export type AlpacaSimulator = AlpacaIdentity & { stop(): Promise<void> };

/** Resolves when it answers. An error inside it later is a bug, and ends the process. */
export async function startAlpacaSimulator(options: AlpacaOptions): Promise<AlpacaSimulator> {
  const worker = new Worker(new URL('./alpaca-thread.ts', import.meta.url), {
    workerData: options,
  });
  const [identity] = (await once(worker, 'message')) as [AlpacaIdentity];
  return {
    ...identity,
    stop: async () => {
      const ended = once(worker, 'exit');
      worker.postMessage('stop');
      await ended;
    },
  };
}
