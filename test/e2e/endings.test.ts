/** Whatever becomes of its output or its parent, all that `npm start` has started ends with it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, jest, test } from '@jest/globals';
import { testDataDir } from './system.ts';

jest.setTimeout(240_000);

const dataDir = testDataDir();
const run = path.join(import.meta.dirname, '..', '..', 'bin', 'run.mjs');

/** The processes whose command line names the data directory: the databases, the queues' engine and the chains. */
const started = (): string[] =>
  execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(dataDir));

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function until(condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`after ${timeoutMs} ms: ${started().join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Starts the system as npm does, from a shell that waits for it, and closes the end that reads its output once it is ready. */
async function startUnread(): Promise<{ shell: ChildProcess; runner: number }> {
  const shell = spawn(
    'sh',
    [
      '-c',
      '"$0" "$@" & echo "runner $!"; wait',
      process.execPath,
      run,
      'bin/local.ts',
      '--no-demo',
    ],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...{ PORT: '0', AWS_PORT: '0', DATA_DIR: dataDir, npm_lifecycle_event: 'start' },
      },
    },
  );
  let runner = 0;
  const said: string[] = [];
  shell.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  for await (const line of createInterface({ input: shell.stdout })) {
    said.push(line);
    if (line.startsWith('runner ')) runner = Number(line.slice('runner '.length));
    if (line.startsWith('ready ')) break;
  }
  if (!said.some((line) => line.startsWith('ready '))) throw new Error(said.join('\n'));
  shell.stdout.destroy();
  shell.stderr.destroy();
  expect(started().length).toBeGreaterThan(4);
  return { shell, runner };
}

test.each([
  ['it is told to stop', ({ runner }: { runner: number }) => process.kill(runner, 'SIGTERM')],
  ['its terminal is closed', ({ runner }: { runner: number }) => process.kill(runner, 'SIGHUP')],
  ['bin/run.mjs is killed', ({ runner }: { runner: number }) => process.kill(runner, 'SIGKILL')],
  ['the shell of npm is ended', ({ shell }: { shell: ChildProcess }) => shell.kill('SIGTERM')],
])('nobody reads its output any more, and %s', async (_what, end) => {
  const running = await startUnread();
  end(running);
  await until(() => started().length === 0 && !alive(running.runner));
});

test('after kill -9 of everything the next start takes over what is left, and ends it', async () => {
  const first = await startUnread();
  process.kill(-(first.shell.pid ?? 0), 'SIGKILL');
  await until(() => !alive(first.runner));
  const second = await startUnread();
  process.kill(second.runner, 'SIGTERM');
  await until(() => started().length === 0);
});
