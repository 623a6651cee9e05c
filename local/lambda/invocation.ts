/** What invoking a function means, to those who invoke and to those who run it. */

/** `payload` is JSON. A failure is what Lambda calls a function error: thrown, timed out, crashed or not started. */
export type Invocation = { requestId: string } & (
  | { ok: true; payload: string }
  | { ok: false; error: FunctionError }
);
export type FunctionError = { errorType: string; errorMessage: string; trace?: string[] };

/** Never rejects: what goes wrong in a function is in the answer. `payload` is JSON. */
export type Invoke = (functionName: string, payload: string) => Promise<Invocation>;

export type FunctionSpec = {
  name: string;
  /** Path of the module, and the name of what it exports. */
  file: string;
  handler: string;
  timeoutMs: number;
  memoryMb: number;
  environment: Record<string, string>;
};

/** From the pool to a worker. */
export type Task = { requestId: string; payload: string; deadlineMs: number };
/** From a worker to the pool. */
export type Report =
  | { kind: 'ready' }
  | { kind: 'init-error'; error: FunctionError }
  | ({ kind: 'done' } & Invocation);
