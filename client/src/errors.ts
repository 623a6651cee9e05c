/** Everything that a call can end with, as one union by `code`. */
import type { Problem } from './generated/types.ts';

export type ProblemCode = Problem['code'];

/** What is wrong with one field. `pointer` is a JSON Pointer (RFC 6901) as a URI fragment, such as `#/amount`. */
export type FieldError = NonNullable<Problem['errors']>[number];

/** Of each call that failed. `attempts`: how often it was sent. */
abstract class Failed<Code extends string> extends Error {
  readonly code: Code;
  readonly attempts: number;
  /**
   * Whether what was asked for may have been done all the same. Then send the same request again with the same
   * Idempotency-Key, or look: never with a new key.
   */
  readonly mayBeDone: boolean;

  constructor(code: Code, message: string, told: Told) {
    super(message, told.cause === undefined ? {} : { cause: told.cause });
    this.code = code;
    this.attempts = told.attempts;
    this.mayBeDone = told.mayBeDone;
  }
}

type Told = { attempts: number; mayBeDone: boolean; cause?: unknown };

/** The API's own refusal (RFC 9457). docs/errors.md of the repository says of each code what to do. */
class Refusal<Code extends ProblemCode = ProblemCode> extends Failed<Code> {
  override readonly name = 'DrawbridgeRefusal';
  readonly status: number;
  readonly title: string;
  /** For people. It may change. */
  readonly detail: string;
  /** What to quote when you ask about it. */
  readonly requestId: string;
  readonly errors: readonly FieldError[];
  /** The whole of what was answered. */
  readonly problem: Problem;

  constructor(problem: Problem, code: Code, told: Told) {
    const errors = Array.isArray(problem.errors) ? problem.errors.filter(isFieldError) : [];
    const fields = errors.map(({ pointer, detail }) => ` ${pointer}: ${detail}`);
    super(code, `${code}: ${problem.detail}${fields.join('')}`, told);
    this.status = problem.status;
    this.title = problem.title;
    this.detail = problem.detail;
    this.requestId = problem.requestId;
    this.errors = errors;
    this.problem = problem;
    if (code === 'LIMIT_EXCEEDED') {
      const { limit = null, remaining = null, resetsAt = null } = problem;
      Object.assign(this, { limit, remaining, resetsAt });
    }
  }
}

/** What stands in front of the API may answer in its form and not to the letter. */
const isFieldError = (one: unknown): one is FieldError =>
  typeof one === 'object' && one !== null && 'pointer' in one && 'detail' in one;

/** What only some refusals say. */
type More = {
  LIMIT_EXCEEDED: {
    readonly limit: string | null;
    readonly remaining: string | null;
    readonly resetsAt: string | null;
  };
};

export type DrawbridgeRefusal = {
  [Code in ProblemCode]: Refusal<Code> & (Code extends keyof More ? More[Code] : unknown);
}[ProblemCode];

/** No answer, or one that broke off. */
export class ConnectionFailed extends Failed<'CONNECTION_FAILED'> {
  override readonly name = 'ConnectionFailed';
}

/** No answer in time. */
export class TimedOut extends Failed<'TIMED_OUT'> {
  override readonly name = 'TimedOut';
}

/** An answer that is none of this API: something stands in front of it, or it is newer than this client. */
export class UnexpectedAnswer extends Failed<'UNEXPECTED_ANSWER'> {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(status: number, message: string, told: Told) {
    super('UNEXPECTED_ANSWER', message, told);
    this.status = status;
  }
}

/** What was asked is wrong, and was not sent. */
export class WrongCall extends Failed<'WRONG_CALL'> {
  override readonly name = 'WrongCall';

  constructor(message: string) {
    super('WRONG_CALL', message, { attempts: 0, mayBeDone: false });
  }
}

export type DrawbridgeError =
  | DrawbridgeRefusal
  | ConnectionFailed
  | TimedOut
  | UnexpectedAnswer
  | WrongCall;

/**
 * Whether what was caught is of this client. Its `code` then says what else it has.
 *
 * @example
 * try {
 *   await drawbridge.withdrawals.get(withdrawalId);
 * } catch (error) {
 *   if (!isDrawbridgeError(error)) throw error;
 *   if (error.code === 'LIMIT_EXCEEDED') console.log(`Again after ${error.resetsAt}`);
 *   else if (error.mayBeDone) console.log('Send it again, with the same key.');
 *   else console.log(error.code, error.message);
 * }
 */
export function isDrawbridgeError(error: unknown): error is DrawbridgeError {
  return error instanceof Failed;
}

/** The refusal that a body is, by a server that may know more codes than this client; `null`: it is none. */
export function refusalIn(body: unknown, known: ReadonlySet<string>, told: Told) {
  if (typeof body !== 'object' || body === null) return null;
  const { code, detail, status } = body as Partial<Problem>;
  if (typeof code !== 'string' || typeof detail !== 'string' || typeof status !== 'number')
    return null;
  const problem = body as Problem;
  if (known.has(code)) return new Refusal(problem, code, told) as DrawbridgeRefusal;
  const message = `This client does not know the code ${code}: ${detail}`;
  return new UnexpectedAnswer(status, message, told);
}
