/** What an outside system's answer means: to a call that moves money, and to a question that moves none. */
import type { Instant } from './time.ts';

/** A call that moves money was carried out, is proven not to be, or is UNKNOWN, which is everything that is not certain. */
export type Outcome<T> =
  | { outcome: 'APPLIED'; value: T }
  | { outcome: 'NOT_APPLIED'; code: string }
  | { outcome: 'UNKNOWN'; why: string };

/** The provider turned this request away because too much was asked of it. That says nothing about earlier requests. */
export type NotNow = { outcome: 'NOT_NOW'; until: Instant; why: string };
/** Our own circuit breaker kept the request back: no byte of it has left. */
export type NotSent = { outcome: 'NOT_SENT'; until: Instant; why: string };
export type Attempted<T> = Outcome<T> | NotNow | NotSent;

/** The answer to a question, which moves nothing. `refused`: the provider said no; `until`: asking earlier is in vain. */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; refused: boolean; why: string }
  | { ok: false; refused: false; why: string; until: Instant };
