/**
 * Runs the simulators in a thread of their own, so that they delay nothing in the main thread. All share one: a second
 * thread would cost 40 MB (measured), most of it for what each would load again.
 */
import { once } from 'node:events';
import { type MessagePort, parentPort, Worker } from 'node:worker_threads';

export type Run<Options, Identity> = (
  options: Options,
) => Promise<{ identity: Identity; stop(): Promise<void> }>;
type Ask = { id: number } & ({ start: string; options: unknown } | { stop: true });
type Told = { id: number } & ({ identity: object } | { failed: Error } | { stopped: true });

const host = new URL('./host.ts', import.meta.url);

/** The thread, as long as it has something to run. */
let shared: { worker: Worker; users: number } | null = null;
let asked = 0;

/**
 * Starts the simulator whose module exports `run`, and resolves when it answers. An error in it later is a bug and ends the
 * process.
 */
export async function startThread<Options, Identity>(
  file: URL,
  options: Options,
): Promise<Identity & { stop(): Promise<void> }> {
  shared ??= { worker: new Worker(host, { name: 'simulators' }), users: 0 };
  const thread = shared;
  thread.users += 1;
  asked += 1;
  const id = asked;
  const leave = async (): Promise<void> => {
    thread.users -= 1;
    if (thread.users > 0) return;
    shared = null;
    const ended = once(thread.worker, 'exit');
    thread.worker.postMessage('end');
    await ended;
  };
  const told = await ask(thread.worker, { id, start: file.href, options });
  if ('failed' in told) {
    await leave();
    throw told.failed;
  }
  return {
    ...((told as { identity: object }).identity as Identity),
    stop: async () => {
      await ask(thread.worker, { id, stop: true });
      await leave();
    },
  };
}

/** Resolves with what the thread says of this simulator next. */
function ask(worker: Worker, question: Ask): Promise<Told> {
  return new Promise((resolve) => {
    const hear = (told: Told): void => {
      if (told.id !== question.id) return;
      worker.off('message', hear);
      resolve(told);
    };
    worker.on('message', hear);
    worker.postMessage(question);
  });
}

/** The work of the thread: it starts and stops what it is asked to, and ends when it is told so. */
export function hostSimulators(port: MessagePort | null = parentPort): void {
  if (port === null) throw new Error('Simulators are started by startThread.');
  const running = new Map<number, () => Promise<void>>();
  const tell = (told: Told): void => port.postMessage(told);
  const answer = async (question: Ask): Promise<void> => {
    const { id } = question;
    if ('stop' in question) {
      await running.get(id)?.();
      running.delete(id);
      return tell({ id, stopped: true });
    }
    try {
      const { run } = (await import(question.start)) as { run: Run<unknown, object> };
      const { identity, stop } = await run(question.options);
      running.set(id, stop);
      tell({ id, identity });
    } catch (error) {
      tell({ id, failed: error as Error });
    }
  };
  port.on('message', (message: Ask | 'end') => {
    if (message === 'end') port.close();
    else void answer(message);
  });
}
