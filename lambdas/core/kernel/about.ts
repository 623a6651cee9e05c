/**
 * What the work that runs now is about. It is said once, where work for one thing begins, and whatever is logged or traced from
 * then on says it, too (lambdas/boot/observe.ts). Nothing may be decided by it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

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

const subjects = new AsyncLocalStorage<Subject>();
const nothing: Subject = {};

/** Does the work, which is about this as well. */
export const about = <T>(subject: Subject, work: () => T): T =>
  subjects.run({ ...subjects.getStore(), ...subject }, work);

/** Does work that is done for several things together, or for nothing known. */
export const aboutNothing = <T>(work: () => T): T => subjects.run(nothing, work);

export const subjectNow = (): Subject => subjects.getStore() ?? nothing;
