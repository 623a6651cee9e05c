/** How `drawbridge` ends. docs/cli.md has the same table, which a test compares. */
import { isDrawbridgeError } from '../../client/src/index.ts';
import { FileError, noAnswerIn, UsageError } from '../command.ts';

export const exits = {
  done: 0,
  /** Something else went wrong, which the message names. */
  failed: 1,
  /** The command line or a file is wrong. Nothing was sent. */
  wrongCall: 2,
  /** The API refused it. Nothing was done. */
  refused: 3,
  /** No answer, or the service is away: it may have been done. The same command again finds out. */
  unknown: 4,
  /** A withdrawal did not complete: it failed, was cancelled, or waits for a person. Of a batch: one at least. */
  notCompleted: 5,
  /** The time to wait is over; what was waited for goes on. */
  stillMoving: 6,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
export type Exit = (typeof exits)[keyof typeof exits];

/** How a command ends that asks without the typed client. */
export class Ending extends Error {
  readonly how: 'refused' | 'unknown';
  readonly code: string;
  readonly mayBeDone: boolean;
  constructor(how: 'refused' | 'unknown', message: string, code = 'CONNECTION_FAILED') {
    super(message);
    this.how = how;
    this.code = code;
    this.mayBeDone = how === 'unknown';
  }
}

/** An error for programs: its code and what may have been done, and never what a key or header is. */
export function errorForPrograms(error: unknown, message: string): object {
  if (error instanceof UsageError || error instanceof FileError)
    return { code: 'WRONG_CALL', message, mayBeDone: false };
  if (error instanceof Ending) return { code: error.code, message, mayBeDone: error.mayBeDone };
  if (!isDrawbridgeError(error)) {
    const isUnknown = noAnswerIn(error) !== null;
    return { code: isUnknown ? 'CONNECTION_FAILED' : 'FAILED', message, mayBeDone: isUnknown };
  }
  const { code, mayBeDone, status, requestId, errors } = { ...error } as Record<string, unknown>;
  return { code, message, mayBeDone, status, requestId, errors };
}

export function exitCodeOf(error: unknown): Exit {
  if (error instanceof Ending) return exits[error.how];
  if (error instanceof UsageError || error instanceof FileError) return exits.wrongCall;
  if (!isDrawbridgeError(error)) return noAnswerIn(error) === null ? exits.failed : exits.unknown;
  switch (error.code) {
    case 'WRONG_CALL':
      return exits.wrongCall;
    case 'CONNECTION_FAILED':
    case 'TIMED_OUT':
    case 'TEMPORARILY_UNAVAILABLE':
      return exits.unknown;
    default:
      return error.mayBeDone ? exits.unknown : exits.refused;
  }
}
