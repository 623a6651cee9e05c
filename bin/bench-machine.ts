/** What the benchmark reads of the system's processes: memory, and CPU by function and by part (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock (proc(5), `/proc/pid/stat`). */
const tickMs = 10;

type Process = { pid: string; command: string };

/** The processes of the system: its group, and the engines that it has started outside of it. */
function processesOf(group: number, dataDir: string): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const isOurs = Number(fieldsOf(`/proc/${pid}/stat`)[2]) === group;
        return isOurs || command.includes(dataDir) ? [{ pid, command }] : [];
      } catch {
        return []; // The process has ended in between.
      }
    });
}

/** The fields behind the name, which may hold spaces and brackets: the first is the state. */
function fieldsOf(file: string): string[] {
  const stat = readFileSync(file, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/**
 * The memory of all of them in MiB: what is in RAM of each, where a page that several share (as the chains share their
 * program's) is counted once, in parts (proc(5), `Pss` of `/proc/pid/smaps_rollup`).
 */
export function memoryMib(group: number, dataDir: string): number {
  let kib = 0;
  for (const { pid } of processesOf(group, dataDir))
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      kib += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? Number.NaN);
    } catch {
      // The process has ended in between.
    }
  return kib / 2 ** 10;
}

/** Threads by what they do. Functions and simulators bear their own names. */
const parts: Readonly<Record<string, string>> = {
  MainThread: 'front, gateway, queues, streams',
  V8Worker: 'garbage collector, compiler',
  DelayedTaskSche: 'garbage collector, compiler',
  'libuv-worker': 'files and cryptography',
};

export type CpuWatch = {
  /** CPU milliseconds so far by part, those of threads that have ended among them. */
  read(): ReadonlyMap<string, number>;
};

/** A thread that lives for less than the time between two calls of `read` is missed. */
export function watchCpu(group: number, dataDir: string): CpuWatch {
  const threads = new Map<string, { part: string; ms: number }>();
  const look = ({ pid, command }: Process): void => {
    const program = path.basename(command.split('\0')[0] ?? '');
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const at = `/proc/${pid}/task/${thread}`;
      const [name, fields] = [readFileSync(`${at}/comm`, 'utf8').trim(), fieldsOf(`${at}/stat`)];
      const ms = (Number(fields[11]) + Number(fields[12])) * tickMs;
      const part = Number(pid) === group ? (parts[name] ?? name) : program;
      threads.set(`${pid} ${thread}`, { part, ms });
    }
  };
  return {
    read: () => {
      for (const one of processesOf(group, dataDir))
        try {
          look(one);
        } catch {
          // The process or a thread of it has ended in between.
        }
      const sums = new Map<string, number>();
      for (const { part, ms } of threads.values()) sums.set(part, (sums.get(part) ?? 0) + ms);
      return sums;
    },
  };
}

/** What was used between two readings, the most first. */
export const usedBetween = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): [part: string, ms: number][] =>
  [...after]
    .map(([part, ms]): [string, number] => [part, ms - (before.get(part) ?? 0)])
    .filter(([, ms]) => ms > 0)
    .sort(([, a], [, b]) => b - a);
