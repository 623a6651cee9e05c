/**
 * What the work that runs now is about. It is said once, where work for one thing begins, and whatever is logged or traced from
 * then on says it, too (lambdas/boot/observe.ts). Nothing may be decided by it.
 */
export type Subject = Readonly<{
  requestId?: string;
  tenant?: string;
  withdrawalId?: string;
  walletId?: string;
  transactionId?: string;
  endpointId?: string;
  deliveryId?: string;
  eventId?: string;
  /** The request of HTTP that is being made: no part of its path is a secret, and it has no query. */
  asked?: Readonly<{ method: string; path: string }>;
  /** The trace that spans of this work belong to, and the span that they are in. */
  trace?: Readonly<{ traceId: string; parentId: string }>;
}>;

/** The port of what remembers it over everything that the work waits for. `AsyncLocalStorage` of Node does. */
export type Memory = {
  run<T>(subject: Subject, work: () => T): T;
  getStore(): Subject | undefined;
};
const nothing: Subject = {};
let memory: Memory = { run: (_, work) => work(), getStore: () => nothing };

/** From now on it is remembered. Until then nobody asks. */
export const rememberWith = (next: Memory): void => {
  memory = next;
};

/** Does the work, which is about this as well. */
export const about = <T>(subject: Subject, work: () => T): T =>
  memory.run({ ...memory.getStore(), ...subject }, work);

export const subjectNow = (): Subject => memory.getStore() ?? nothing;
