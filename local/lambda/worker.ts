/**
 * The code of a worker thread: a Lambda execution environment, which runs one invocation at a time. Of our code it imports
 * only types, so that it starts fast.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, openSync, readlinkSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import os from 'node:os';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { FunctionError, FunctionSpec, Report, Task } from './invocation.ts';

type Handler = (event: unknown, context: Context) => unknown;
export type WorkerData = {
  spec: FunctionSpec;
  functionArn: string;
  compileCacheFolder: string;
  logFile: string;
};

/** The largest response of a synchronous invocation: 6 MB (AWS Lambda guide, "Lambda quotas"), in bytes 6,291,556. */
const responseBytesMax = 6_291_556;

const { spec, functionArn, compileCacheFolder, logFile } = workerData as WorkerData;
const errorLevel = '"level":"ERROR"';
const port = parentPort;
if (port === null) throw new Error('This file runs as a worker thread.');
const report = (message: Report): void => port.postMessage(message);

const outputs = openOutputs(openSync(logFile, 'a'));
process.on('exit', () => outputs.end());

// On AWS no function takes a core from another. Here requests go first, so that a backlog is worked off without making new ones wait.
// Linux has a priority for each thread (setpriority(2), "C library/kernel differences"), and names the one that asks (proc(5)).
if (spec.background && process.platform === 'linux') {
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  const low = os.constants.priority.PRIORITY_BELOW_NORMAL;
  // Whoever was started lower still may not raise itself.
  if (os.getPriority(thread) < low) os.setPriority(thread, low);
}

try {
  enableCompileCache(compileCacheFolder);
  const handler = await load();
  port.on('message', async (task: Task) => report(await run(handler, task)));
  report({ kind: 'ready' });
  flushCompileCache();
} catch (error) {
  report({ kind: 'init-error', error: describe(error) });
}

async function load(): Promise<Handler> {
  const module = await import(pathToFileURL(spec.file).href);
  const handler = module[spec.handler] ?? module.default?.[spec.handler];
  if (typeof handler !== 'function')
    throw Object.assign(new Error(`${spec.file} exports no function "${spec.handler}".`), {
      name: 'Runtime.HandlerNotFound',
    });
  return handler;
}

async function run(handler: Handler, { requestId, payload, deadlineMs }: Task): Promise<Report> {
  process.env['_X_AMZN_TRACE_ID'] = traceId();
  try {
    const result = await handler(JSON.parse(payload), contextOf(requestId, deadlineMs));
    // A bigint or a cycle throws here, as it does in Lambda's own runtime.
    const answer = JSON.stringify(result) ?? 'null';
    if (Buffer.byteLength(answer) > responseBytesMax)
      throw Object.assign(new Error(`Response payload size exceeded ${responseBytesMax} bytes.`), {
        name: 'Function.ResponseSizeTooLarge',
      });
    return { kind: 'done', requestId, ok: true, payload: answer };
  } catch (error) {
    return { kind: 'done', requestId, ok: false, error: describe(error) };
  } finally {
    outputs.end();
  }
}

/** Puts files in the place of the worker's stdout and stderr. `end` ends the lines that have been begun. */
function openOutputs(file: number): { end(): void } {
  const ends = (['stdout', 'stderr'] as const).map((name) => {
    const { output, end } = lineOutput(file);
    Object.defineProperty(process, name, { value: output, configurable: true, enumerable: true });
    return end;
  });
  return {
    end: () => {
      for (const end of ends) end();
    },
  };
}

/**
 * Each write appends whole lines before it returns, so that other workers' lines are never in the middle of one, and a crash
 * or a timeout loses none. Of errors the pool is told.
 */
function lineOutput(file: number): { output: Writable; end(): void } {
  let begun: Buffer = Buffer.alloc(0);
  const write = (lines: Buffer): void => {
    appendFileSync(file, lines);
    if (!lines.includes(errorLevel)) return;
    for (const line of lines.toString().split('\n'))
      if (line.includes(errorLevel)) report({ kind: 'said', line });
  };
  return {
    output: new Writable({
      write: (chunk: Buffer, _, done) => {
        const given = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
        const whole = given.lastIndexOf('\n') + 1;
        begun = Buffer.from(given.subarray(whole));
        try {
          if (whole > 0) write(given.subarray(0, whole));
          done();
        } catch (error) {
          done(error as Error); // Nobody listens, so that it ends the worker: output is never lost in silence.
        }
      },
    }),
    end: () => {
      if (begun.length === 0) return;
      write(Buffer.concat([begun, Buffer.from('\n')]));
      begun = Buffer.alloc(0);
    },
  };
}

const contextOf = (requestId: string, deadlineMs: number): Context =>
  ({
    functionName: spec.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(spec.memoryMb),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${spec.name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    // Node 24's context lacks done, fail and succeed, which the type still has.
  }) as Context;

function traceId(): string {
  const seconds = Math.floor(Date.now() / 1_000).toString(16);
  const hex = randomBytes(20).toString('hex');
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(24)};Sampled=0`;
}

function describe(error: unknown): FunctionError {
  if (typeof error !== 'object' || error === null)
    return { errorType: typeof error, errorMessage: String(error) };
  const { name, message, stack } = error as Partial<Error>;
  return {
    errorType: name ?? 'Error',
    errorMessage: message ?? String(error),
    ...(stack !== undefined && { trace: stack.split('\n') }),
  };
}
