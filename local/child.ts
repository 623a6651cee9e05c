/** Runs `npm start` as a child process, for the end-to-end tests and the benchmark. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Outputs } from './outputs.ts';

export type System = {
  outputs: Outputs;
  pid: number;
  /** Sends Ctrl-C and waits until everything has stopped. Answers the exit code. */
  stop(): Promise<number | null>;
  /** Kills the whole process group at once (SIGKILL). */
  kill(): Promise<void>;
};

const program = path.join(import.meta.dirname, '..', 'bin', 'local.ts');

/** As bin/run.mjs starts it. */
const memoryFlags = ['--max-semi-space-size=4'];

/** Starts the system in its own process group and waits for its `ready` line. Throws its output when it ends before. */
export async function startSystem(options: {
  dataDir: string;
  env?: Record<string, string>;
  args?: readonly string[];
}): Promise<System> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      ...memoryFlags,
      program,
      ...(options.args ?? ['--no-demo']),
    ],
    {
      detached: true,
      // By the closed channel it sees that this process has died, and stops.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, PORT: '0', AWS_PORT: '0', DATA_DIR: options.dataDir, ...options.env },
    },
  );
  child.channel?.unref();
  await untilReady(child);
  const file = path.join(options.dataDir, 'outputs.json');
  const outputs = JSON.parse(readFileSync(file, 'utf8')) as Outputs;
  const pid = child.pid ?? 0;
  const signal = async (name: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    process.kill(-pid, name);
    await ended;
    return child.exitCode;
  };
  return {
    outputs,
    pid,
    stop: () => signal('SIGINT'),
    kill: async () => {
      await signal('SIGKILL');
    },
  };
}

async function untilReady(child: ChildProcess): Promise<void> {
  if (child.stdout === null || child.stderr === null) throw new Error('no output to wait for');
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    said.push(`${line}\n`);
    if (!line.startsWith('ready ')) continue;
    lines.close();
    child.stdout.resume();
    return;
  }
  throw new Error(`the system ended before it was ready:\n${said.join('')}`);
}
