/** Runs a simulator in its own thread, so that it delays nothing in the main thread. A thread costs 10 MB (measured). */
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Starts the thread, and resolves when the simulator answers. An error in it later is a bug and ends the process. */
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

/** The work of the thread: it reports its identity when it is ready, and ends at any message. */
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
