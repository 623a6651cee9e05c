import type { Instant } from './time.ts';

/** An outside system did not answer as it should. Nothing is decided by it: the work is done later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Nothing was asked, and before `until` nobody needs to try. */
export class ShutError extends UnavailableError {
  readonly until: Instant;
  constructor(operation: string, until: Instant) {
    super(`the circuit breaker of ${operation} is open`);
    this.until = until;
  }
}

/** Not `instanceof Error`: under Jest a fetch or fs error comes from another realm and fails it. */
export const errorName = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string'
    ? error.name
    : typeof error;
