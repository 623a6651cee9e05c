/** Finds the Anvil that an earlier run has left running, by the record that was written of it, and ends it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const stopTimeoutMs = 60_000;
const pollMs = 20;

/** The record of a running Anvil, by which the next run finds it. */
export type Running = { pid: number; port: number; chainId: number };

/** The folder of the chains in a data directory. */
export const folderOf = (dataDir: string): string => path.resolve(dataDir, 'chains');
export const recordSuffix = '.process.json';
export const filesOf = (dataDir: string, network: string) => {
  const base = path.join(folderOf(dataDir), network);
  return {
    record: base + recordSuffix,
    /** The file that Anvil writes every few minutes and when it ends. */
    dump: `${base}.dump.json`,
    /** The last dump that an Anvil could load. */
    loaded: `${base}.loaded.json`,
    log: `${base}.log`,
  };
};
export type Files = ReturnType<typeof filesOf>;

/** The record, if its process is still the Anvil that dumps to this file. Any other record is deleted. */
export function readRecord(files: Files): Running | null {
  if (!existsSync(files.record)) return null;
  const record = parseRecord(readFileSync(files.record, 'utf8'));
  if (record !== null && isOurs(record.pid, files)) return record;
  rmSync(files.record);
  return null;
}

function parseRecord(text: string): Running | null {
  try {
    return JSON.parse(text) as Running;
  } catch {
    return null;
  }
}

/** Writes the record whole or not at all: half of one would hide a running Anvil. */
export function writeRecord(files: Files, running: Running): void {
  writeFileSync(`${files.record}.new`, JSON.stringify(running));
  renameSync(`${files.record}.new`, files.record);
}

/** Whether the process is our Anvil. Process ids are used again, so its command line must name our file. */
const isOurs = (pid: number, files: Files): boolean => commandLine(pid).includes(files.dump);

function commandLine(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return ''; // There is no such process.
  }
}

/** Sends SIGTERM, on which Anvil dumps its state and exits. If it does not, it is killed and loses what it has not dumped. */
export async function endProcess({ pid }: Running, files: Files): Promise<void> {
  const ended = async (signal: NodeJS.Signals): Promise<boolean> => {
    const deadline = Date.now() + stopTimeoutMs;
    if (isOurs(pid, files)) process.kill(pid, signal);
    while (isOurs(pid, files) && Date.now() < deadline) await delay(pollMs);
    return !isOurs(pid, files);
  };
  if (!(await ended('SIGTERM'))) {
    console.warn(`Anvil (process ${pid}) did not stop in ${stopTimeoutMs} ms and is killed`);
    await ended('SIGKILL');
  }
  rmSync(files.record, { force: true });
}
