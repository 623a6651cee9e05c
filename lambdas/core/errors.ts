/** An outside system did not answer as it should. Nothing is decided by it: the work is done later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** Not `instanceof Error`: under Jest a fetch or fs error comes from another realm and fails it. */
export const errorName = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string'
    ? error.name
    : typeof error;
