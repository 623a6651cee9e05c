/**
 * Endpoints that a killed `drawbridge listen` has left behind. Each listener names itself in the description of its endpoint, by
 * machine and process, so that the next one on this machine knows which of them nobody listens at any more.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import { type Drawbridge, isDrawbridgeError } from '../../client/src/index.ts';

/** What this process calls its endpoint. */
export const listenerName = (machine: string, pid = process.pid): string =>
  `drawbridge listen, process ${pid} on ${machine}`;

/** Whether an endpoint of this description is of a listener of this machine that is gone. */
export function isLeft(description: string | null, machine: string, isAlive = isRunning): boolean {
  const [, pid, where] = /^drawbridge listen, process (\d+) on (.+)$/.exec(description ?? '') ?? [];
  // Our own number is not ours yet: whoever had it before has ended.
  return where === machine && (Number(pid) === process.pid || !isAlive(Number(pid)));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one, too (EPERM).
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Deletes them, and answers which. Called before this process has an endpoint of its own. */
export async function deleteLeft(drawbridge: Drawbridge, machine: string): Promise<string[]> {
  const left: string[] = [];
  for await (const { id, description } of drawbridge.webhookEndpoints.list())
    if (isLeft(description, machine)) left.push(id);
  for (const id of left)
    await drawbridge.webhookEndpoints.delete(id).catch((error: unknown) => {
      // Another listener that starts just now has deleted it.
      if (!isDrawbridgeError(error) || error.code !== 'NOT_FOUND') throw error;
    });
  return left;
}

/** A name that this machine keeps and no other has: names of hosts are given twice, and process numbers everywhere. */
export function thisMachine(): string {
  const state = process.env['XDG_STATE_HOME'] || path.join(homedir(), '.local/state');
  const file = path.join(state, 'drawbridge', 'machine');
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    writeFileSync(file, randomBytes(6).toString('hex'), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return `${hostname()} ${readFileSync(file, 'utf8').trim()}`;
}
