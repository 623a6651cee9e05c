import type { Instant } from './time.ts';

/** The three outcomes of a call that moves money (reliability.md §4.0.1). UNKNOWN is everything that is not certain. */
export type Outcome<T> =
  | { outcome: 'APPLIED'; value: T }
  | { outcome: 'NOT_APPLIED'; code: string }
  | { outcome: 'UNKNOWN'; why: string };

/** Turned away for now, because too much was asked. This request was not taken; it says nothing about earlier ones. */
export type NotNow = { outcome: 'NOT_NOW'; until: Instant; why: string };
/** Kept back by our own circuit breaker: not a byte of it has left. */
export type NotSent = { outcome: 'NOT_SENT'; until: Instant; why: string };
export type Attempted<T> = Outcome<T> | NotNow | NotSent;

/** The answer to a question that moves nothing. `until`: before that nobody needs to ask again. */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; refused: boolean; why: string }
  | { ok: false; refused: false; why: string; until: Instant };
