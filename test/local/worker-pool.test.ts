import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { openFunctionLog } from '../../local/lambda/function-log.ts';
import type { FunctionSpec } from '../../local/lambda/invocation.ts';
import {
  makeWorkerPool,
  type PoolLimits,
  type WorkerPool,
} from '../../local/lambda/worker-pool.ts';
import { removeDir, tempDir, until } from './fixture.ts';

const directory = tempDir();
const pools: WorkerPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});
afterAll(() => removeDir(directory));

const told: string[] = [];
const log = openFunctionLog(path.join(directory, 'logs'), 'probe', (line) => told.push(line));
const logged = (): string => readFileSync(log.file, 'utf8');
afterAll(() => log.close());

function poolOf(
  code: string,
  { limits, ...spec }: Partial<FunctionSpec> & { limits?: Partial<PoolLimits> } = {},
): WorkerPool {
  const file = path.join(directory, `${pools.length}-${Math.random()}.mjs`);
  writeFileSync(file, code);
  const pool = makeWorkerPool({
    log,
    compileCacheFolder: path.join(directory, 'cache'),
    limits: limits ?? {},
    spec: {
      ...{ name: 'probe', file, handler: 'handler', timeoutMs: 5_000, memoryMb: 128 },
      environment: {},
      background: false,
      seldom: false,
      ...spec,
    },
  });
  pools.push(pool);
  return pool;
}
const answerOf = async (pool: WorkerPool, event: unknown = {}): Promise<unknown> => {
  const invocation = await pool.invoke(JSON.stringify(event));
  if (!invocation.ok) throw new Error(JSON.stringify(invocation.error));
  return JSON.parse(invocation.payload);
};
const errorOf = async (pool: WorkerPool, event: unknown = {}) => {
  const invocation = await pool.invoke(JSON.stringify(event));
  if (invocation.ok) throw new Error(`no error but ${invocation.payload}`);
  return invocation.error;
};

test('a function has its own environment and nothing of ours', async () => {
  const environment = { ONLY: 'this' };
  const pool = poolOf('export const handler = async () => process.env;', { environment });
  const seen = (await answerOf(pool)) as Record<string, string>;
  expect(Object.keys(seen).sort()).toEqual(['ONLY', '_X_AMZN_TRACE_ID']);
});

test.each([
  [false, os.getPriority()],
  // The tests themselves may have been started at a low priority.
  [true, Math.max(os.getPriority(), os.constants.priority.PRIORITY_BELOW_NORMAL)],
])(
  'on Linux a function that works in the background (%s) leaves the cores to requests',
  async (background, nice) => {
    const pool = poolOf(
      `import { readlinkSync } from 'node:fs';
     import os from 'node:os';
     export const handler = async () =>
       process.platform === 'linux'
         ? os.getPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)))
         : null;`,
      { background },
    );
    expect(await answerOf(pool)).toBe(process.platform === 'linux' ? nice : null);
  },
);

test('the context says what Lambda says', async () => {
  const pool = poolOf(
    `export const handler = async (event, context) => ({
       ...context, event, remaining: context.getRemainingTimeInMillis() });`,
    { timeoutMs: 4_000 },
  );
  const invocation = await pool.invoke('{"a":1}');
  const context = invocation.ok ? JSON.parse(invocation.payload) : null;
  expect(context).toMatchObject({
    event: { a: 1 },
    functionName: 'probe',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:probe',
    memoryLimitInMB: '128',
    awsRequestId: invocation.requestId,
  });
  expect(context.remaining).toBeGreaterThan(0);
  expect(context.remaining).toBeLessThanOrEqual(4_000);
});

test.each([
  ['nothing', 'export const handler = async () => {};', null],
  [
    'what is left out of JSON',
    'export const handler = async () => ({ a: undefined, b: 1 });',
    { b: 1 },
  ],
  ['a value without a promise', 'export const handler = () => 5;', 5],
])('answers %s', async (_, code, answer) => {
  expect(await answerOf(poolOf(code))).toEqual(answer);
});

test.each([
  [
    'throws',
    'export const handler = async () => { throw new RangeError("no"); };',
    { errorType: 'RangeError', errorMessage: 'no' },
  ],
  [
    'throws what is no error',
    'export const handler = async () => { throw "no"; };',
    { errorType: 'string', errorMessage: 'no' },
  ],
  ['answers what is no JSON', 'export const handler = async () => 5n;', { errorType: 'TypeError' }],
  [
    'answers too much',
    'export const handler = async () => "x".repeat(7_000_000);',
    { errorType: 'Function.ResponseSizeTooLarge' },
  ],
  [
    'exits',
    'export const handler = async () => process.exit(3);',
    { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') },
  ],
  [
    'leaves a rejection behind',
    'export const handler = () => { Promise.reject(new Error("left")); return new Promise(() => {}); };',
    { errorMessage: 'left' },
  ],
  ['has no such export', 'export const other = 1;', { errorType: 'Runtime.HandlerNotFound' }],
  ['does not load', 'throw new Error("at load");', { errorMessage: 'at load' }],
])('a function that %s fails', async (_, code, error) => {
  expect(await errorOf(poolOf(code))).toMatchObject(error);
});

test.each([
  ['waits', 'export const handler = () => new Promise(() => {});'],
  ['works', 'export const handler = () => { for (;;); };'],
])('a function that %s for too long is killed', async (_, code) => {
  const error = await errorOf(poolOf(code, { timeoutMs: 50 }));
  expect(error.errorType).toBe('Sandbox.Timedout');
  expect(error.errorMessage).toContain('Task timed out after 0.05 seconds');
});

test('a crash fails its own invocation and no other', async () => {
  const pool = poolOf(
    'export const handler = async ({ crash }) => { if (crash) process.exit(1); return "fine"; };',
    { limits: { workersMax: 1 } },
  );
  const answers = await Promise.all(
    [false, true, false, true, false].map((crash) => pool.invoke(JSON.stringify({ crash }))),
  );
  expect(answers.map(({ ok }) => ok)).toEqual([true, false, true, false, true]);
});

test('a worker runs one invocation at a time and keeps what it has loaded', async () => {
  const pool = poolOf(
    `let running = 0; let count = 0;
     export const handler = async () => {
       running += 1; count += 1;
       await new Promise((resolve) => setTimeout(resolve, 5));
       const seen = { running, count };
       running -= 1;
       return seen;
     };`,
    { limits: { workersMax: 1 } },
  );
  const seen = await Promise.all([1, 2, 3].map(() => answerOf(pool)));
  expect(seen).toEqual([1, 2, 3].map((count) => ({ running: 1, count })));
});

const waiting = `import { threadId } from 'node:worker_threads';
  export const handler = async ({ ms }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return threadId;
  };`;

/** Answers its thread as soon as there is the file. */
const heldUntil = (go: string): string => `import { existsSync } from 'node:fs';
  import { threadId } from 'node:worker_threads';
  export const handler = async () => {
    while (!existsSync(${JSON.stringify(go)})) await new Promise((resolve) => setTimeout(resolve, 5));
    return threadId;
  };`;

test('invocations that only wait get more workers than those that are short', async () => {
  const go = path.join(directory, 'go');
  const pool = poolOf(heldUntil(go), {
    limits: { workersMax: 1, waitingWorkersMax: 3, longMs: 20, longWhenBusyMs: 20 },
  });
  const grown: number[] = [];
  pool.onGrown(() => grown.push(pool.size()));
  const threads = Promise.all([1, 2, 3, 4].map(() => answerOf(pool)));
  await until(
    () => grown,
    ({ length }) => length === 3,
  );
  writeFileSync(go, '');
  expect(new Set(await threads).size).toBe(3);
  expect(grown).toEqual([1, 2, 3]);
});

test('invocations that wait for a core get no more workers, however long they take', async () => {
  const working = `import { threadId } from 'node:worker_threads';
    export const handler = async () => {
      const end = Date.now() + 300;
      while (Date.now() < end) await new Promise((resolve) => setImmediate(resolve));
      return threadId;
    };`;
  const pool = poolOf(working, {
    limits: { workersMax: 1, waitingWorkersMax: 3, longMs: 20, longWhenBusyMs: 20 },
  });
  const threads = await Promise.all([1, 2, 3].map(() => answerOf(pool)));
  expect(new Set(threads).size).toBe(1);
});

test('a worker that is not used ends', async () => {
  const pool = poolOf(waiting, { limits: { idleMs: 10 } });
  const first = await answerOf(pool, { ms: 0 });
  await until(
    () => answerOf(pool, { ms: 0 }),
    (thread) => thread !== first,
  );
});

test('of several workers that are not used, one is kept for longer', async () => {
  const go = path.join(directory, 'go on');
  const pool = poolOf(heldUntil(go), {
    limits: { workersMax: 2, idleMs: 60_000, spareIdleMs: 10 },
  });
  const threads = Promise.all([1, 2].map(() => answerOf(pool)));
  await until(
    () => pool.size(),
    (size) => size === 2,
  );
  writeFileSync(go, '');
  const both = await threads;
  await until(
    () => pool.size(),
    (size) => size === 1,
  );
  expect(both).toContain(await answerOf(pool));
});

test('a pool that has stopped refuses, and what was running has failed', async () => {
  const pool = poolOf(waiting);
  await answerOf(pool, { ms: 0 });
  const running = errorOf(pool, { ms: 10_000 });
  await pool.stop();
  expect((await running).errorType).toBe('Runtime.ExitError');
  expect((await errorOf(pool)).errorType).toBe('Function.Stopped');
});

test.each([
  ['answers', 'return 1;'],
  ['exits', 'process.exit(1);'],
  ['throws where nobody catches it', 'queueMicrotask(() => { throw new Error("no"); });'],
  ['works until its time is over', 'for (;;);'],
])('what a function has printed is in its log when it %s', async (_, end) => {
  const line = `at ${Math.random()}`;
  const code = `export const handler = async () => {
    console.log(${JSON.stringify(line)});
    console.error('two', 'lines\\nof it');
    for (const part of ['a line ', 'in parts', '\\n']) process.stdout.write(part);
    ${end}
    await new Promise(() => {});
  };`;
  await poolOf(code, { timeoutMs: 300 }).invoke('{}');
  expect(logged()).toContain(`${line}\ntwo lines\nof it\na line in parts\n`);
});

test('a line without an end has one when the invocation has, and no other is in the middle of it', async () => {
  const code = `export const handler = async ({ name }) => {
    process.stdout.write(name + ' begins, ');
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write(name + ' ends é'.slice(0, -1));
    const last = Buffer.from('é');
    process.stdout.write(last.subarray(0, 1));
    process.stdout.write(last.subarray(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  };`;
  const pool = poolOf(code, { limits: { workersMax: 2 } });
  const names = Array.from({ length: 6 }, () => `line ${Math.random()}`);
  await Promise.all(names.map((name) => pool.invoke(JSON.stringify({ name }))));
  const lines = logged().split('\n');
  for (const name of names) expect(lines).toContain(`${name} begins, ${name} ends é`);
});

test('of errors the log tells in one line', async () => {
  told.length = 0;
  const code = `export const handler = async ({ throws }) => {
    console.log('plain');
    console.log('{"level":"INFO","message":"fine"}');
    console.log('{"level":"ERROR","message":"Error: Unauthorized"}');
    console.error('{"level":"ERROR","message":"step failed","error":{"message":"no node"}}');
    if (throws) throw new TypeError(throws);
  };`;
  const pool = poolOf(code);
  await pool.invoke('{}');
  expect(told).toEqual(['probe: step failed: no node']);
  await pool.invoke('{"throws":"no"}');
  expect(told.slice(1)).toEqual(['probe: step failed: no node', 'probe: TypeError: no']);
  expect(logged()).toContain('"message":"TypeError: no"');
  log.failed('r-1', { errorType: 'Error', errorMessage: 'Unauthorized' });
  expect(told).toHaveLength(3);
});
