/** A simulator in a thread of its own, so that it takes nothing from the main thread of `npm start`; it costs 10 MB (measured). */
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Starts the thread; resolves when it answers. An error inside it later is a bug, and ends the process. */
export async function startThread<Options, Identity>(
  file: URL,
  options: Options,
): Promise<Identity & { stop(): Promise<void> }> {
  const worker = new Worker(file, { workerData: options });
  const [identity] = (await once(worker, 'message')) as [Identity];
  return {
    ...identity,
    stop: async () => {
      const ended = once(worker, 'exit');
      worker.postMessage('stop');
      await ended;
    },
  };
}

/** What the thread does: it says who it is when it is ready, and ends when it is told anything. */
export async function runInThread<Options, Identity>(
  run: (options: Options) => Promise<{ identity: Identity; stop(): Promise<void> }>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('a simulator is started by startThread');
  const { identity, stop } = await run(workerData as Options);
  port.once('message', () => {
    void stop().then(() => port.close());
  });
  port.postMessage(identity);
}
