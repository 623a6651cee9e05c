/** Measures what it takes to start a function: a process of its own with Node, until the function's module is loaded. */
import { spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FunctionSpec } from './invocation.ts';

/** CPU time in milliseconds, which does not depend on what else the machine does. */
export type ColdStart = { nodeMs: number; loadMs: number };

const program = fileURLToPath(new URL('./cold-start-program.mjs', import.meta.url));

/** Starts the function once, without anything that an earlier start has left. Throws what it says when it cannot start. */
export async function coldStart(
  { file, environment }: FunctionSpec,
  more: Record<string, string> = {},
): Promise<ColdStart> {
  const child = spawn(process.execPath, [program, pathToFileURL(file).href], {
    env: { ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', error: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.error += chunk.toString();
  });
  await new Promise((resolve) => child.on('close', resolve));
  const line = said.out.split('\n').find((one) => one.startsWith('{"nodeMs"'));
  if (line === undefined) throw new Error(`${file} does not start: ${said.error}`);
  return JSON.parse(line) as ColdStart;
}

/** The middle one of several starts. */
export async function usualColdStart(
  spec: FunctionSpec,
  times: number,
  more?: Record<string, string>,
): Promise<ColdStart> {
  const starts: ColdStart[] = [];
  for (let n = 0; n < times; n += 1) starts.push(await coldStart(spec, more));
  starts.sort((a, b) => a.nodeMs + a.loadMs - b.nodeMs - b.loadMs);
  const middle = starts[Math.floor(times / 2)];
  if (middle === undefined) throw new Error('A function must be started at least once.');
  return middle;
}
