/** Runs the simulation in a process of its own, and answers what it printed. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const sim = (...args: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, ['--disable-warning=ExperimentalWarning', 'test/sim/main.ts', ...args], {
    cwd: path.join(import.meta.dirname, '../..'),
    maxBuffer: 2 ** 26,
  });

/** What it printed, also when it ended badly. */
export const printedBy = (ended: Promise<{ stdout: string }>): Promise<string> =>
  ended.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; message: string }) => `${error.stdout ?? ''}\n${error.message}`,
  );
