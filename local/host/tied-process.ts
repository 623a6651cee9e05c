/** Runs a program that ends when this process ends, however that dies, and ends those that are left all the same. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export type TiedProcess = {
  /** Resolves when the program has ended, whoever ended it. */
  ended: Promise<void>;
  /** Sends SIGTERM and waits until the program has ended. */
  stop(): Promise<void>;
};
export type TiedProcessOptions = {
  command: string;
  args: readonly string[];
  /** The file for its process id. */
  pidFile: string;
  /** The file for its output. */
  logFile: string;
};

/**
 * A shell that reads from a pipe of ours: when this process dies, even by SIGKILL, the pipe closes and the shell ends the
 * program. It has a process group of its own, so that Ctrl-C does not reach it while we still need it.
 */
const script =
  'exec 3<&0; pidFile=$1; shift; "$@" </dev/null 3<&- & echo $! >"$pidFile"; (read -r _ <&3; kill $!) 2>/dev/null & wait %1';

export function startTiedProcess(options: TiedProcessOptions): TiedProcess {
  const log = openSync(options.logFile, 'w');
  const child = spawn(
    'sh',
    ['-c', script, 'sh', options.pidFile, options.command, ...options.args],
    {
      detached: true,
      stdio: ['pipe', log, log],
    },
  );
  closeSync(log);
  const ended = exitOf(child).then(() => {
    child.stdin?.destroy();
    rmSync(options.pidFile, { force: true });
  });
  return {
    ended,
    stop: () => {
      child.stdin?.end();
      return ended;
    },
  };
}

const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });

const endTimeoutMs = 5_000;
const pollMs = 10;

/**
 * Kills the process that `pidFile` names if its command line still contains `mark` (process ids are used again).
 * Throws when it does not end.
 */
export async function endLeftover(pidFile: string, mark: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const isOurs = () => Number.isInteger(pid) && pid > 0 && commandLine(pid).includes(mark);
  const deadline = Date.now() + endTimeoutMs;
  if (isOurs()) process.kill(pid, 'SIGKILL');
  while (isOurs()) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} (${mark}) cannot be ended.`);
    await delay(pollMs);
  }
  rmSync(pidFile, { force: true });
}

/** The command line of a process; empty when there is none. */
function commandLine(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
