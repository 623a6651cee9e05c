/** Errors that say that an outside system could not be asked, and the name of any thrown value. */
import type { Instant } from './time.ts';

/** An outside system did not answer as it should. That proves nothing: the caller decides nothing and tries later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** The circuit breaker of an operation is open: no request was sent, and none is worth trying before `until`. */
export class ShutError extends UnavailableError {
  readonly until: Instant;
  constructor(operation: string, until: Instant) {
    super(`the circuit breaker of ${operation} is open`);
    this.until = until;
  }
}

/** An item says something that only newer code knows: it is left to that, which a deployment is just bringing. */
export class NewerCodeError extends UnavailableError {}

/** Whoever keeps our keys did not sign, or did not say which keys they are. Nothing was signed then, and another time it may be. */
export class KeysAwayError extends Error {
  override readonly name = 'KeysAwayError';
}

/** What is wrong with settings: a line about each, for the person who has set it. `said` has no value in it, for everybody else. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly said: string;
  constructor(message: string, said = message) {
    super(message);
    this.said = said;
  }
}

/** The name of a thrown value, without `instanceof Error`: under Jest errors of fetch and fs come from another realm. */
export const errorName = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string'
    ? error.name
    : typeof error;

/** Why nothing came back from outside: the code or the name of what was thrown. A message may name the URL, which may hold a key. */
export function lossOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : errorName(error);
}

/** Why a node could not be read, for people. Nothing that it said is in it: its URL is a secret. */
export function whyUnread(error: unknown): string {
  if (error instanceof SettingError) return error.said;
  const name = errorName(error);
  if (name === 'WrongChainError') return 'The node is of another chain.';
  return name === 'UnavailableError'
    ? 'The node is not answering.'
    : `It could not be read (${name}).`;
}

const whyMax = 500;
/** The beginning of what a thrown value says, for a log. */
export const whyOf = (error: unknown): string =>
  String((error as { message?: unknown }).message).slice(0, whyMax);
