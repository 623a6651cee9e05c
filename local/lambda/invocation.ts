/** The types that those who invoke functions share with those who run them. */

/** The result of an invocation; `payload` is JSON. A failure is Lambda's function error: a throw, a timeout or a crash. */
export type Invocation = { requestId: string } & (
  | { ok: true; payload: string }
  | { ok: false; error: FunctionError }
);
export type FunctionError = { errorType: string; errorMessage: string; trace?: string[] };

/** Invokes a function with JSON. It never rejects: errors of the function are in the answer. */
export type Invoke = (functionName: string, payload: string) => Promise<Invocation>;

export type FunctionSpec = {
  name: string;
  /** The path of the module, and the name of its export. */
  file: string;
  handler: string;
  timeoutMs: number;
  memoryMb: number;
  environment: Record<string, string>;
  /** Whether nobody waits for its answer: a queue, a stream, a rule or an event of a provider invokes it. */
  background: boolean;
  /** Whether a rule invokes it, but not every minute. */
  seldom: boolean;
};

/** A message from the pool to a worker. */
export type Task = { requestId: string; payload: string; deadlineMs: number };
/** A message from a worker to the pool. */
export type Report =
  | { kind: 'ready' }
  | { kind: 'init-error'; error: FunctionError }
  /** A line at the level ERROR, which the worker has written into the function's file. */
  | { kind: 'said'; line: string }
  | ({ kind: 'done' } & Invocation);
