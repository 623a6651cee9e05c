/** Problems (RFC 9457): every way in which a client's request can be refused. docs/errors.md explains each code. */
import { fieldErrorsMax } from '../kernel/limits.ts';

export const problems = {
  INVALID_REQUEST: { status: 400, title: 'The request is not valid' },
  IDEMPOTENCY_KEY_REQUIRED: { status: 400, title: 'An Idempotency-Key is required' },
  IDEMPOTENCY_KEY_INVALID: { status: 400, title: 'The Idempotency-Key is not valid' },
  INVALID_AMOUNT: { status: 400, title: 'The amount is not valid' },
  INVALID_ADDRESS: { status: 400, title: 'The address is not valid' },
  INVALID_CURSOR: { status: 400, title: 'The cursor is not valid' },
  UNAUTHORIZED: { status: 401, title: 'Authentication is required' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be JSON' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  NOT_RETRYABLE: { status: 409, title: 'The withdrawal cannot be retried' },
  TOO_LATE_TO_CANCEL: { status: 409, title: 'It is too late to cancel' },
  CONFLICT: { status: 409, title: 'Conflict' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
  },
  NETWORK_NOT_SUPPORTED: { status: 422, title: 'The network is not supported' },
  WALLET_SUSPENDED: { status: 422, title: 'The wallet is suspended' },
  CURRENCY_MISMATCH: { status: 422, title: 'The currencies do not match' },
  LIMIT_EXCEEDED: { status: 422, title: 'A limit is exceeded' },
  INSUFFICIENT_FUNDS: { status: 422, title: 'Insufficient funds' },
  ACCOUNT_INACTIVE: { status: 422, title: 'The account is inactive' },
  WEBHOOK_URL_NOT_ALLOWED: { status: 422, title: 'The webhook URL is not allowed' },
  TEMPORARILY_UNAVAILABLE: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;
export const problemCodes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];
/** `pointer`: a JSON Pointer (RFC 6901) as a URI fragment, such as `#/amount`. */
export type FieldError = { pointer: string; code: string; detail: string };
export type Problem = {
  problem: ProblemCode;
  detail: string;
  errors?: readonly FieldError[];
  /** Extension members (RFC 9457, section 3.2). */
  more?: Readonly<Record<string, string | null>>;
  /** Headers of the answer, such as when to come again. */
  headers?: Readonly<Record<string, string>>;
};

export const refuse = (
  problem: ProblemCode,
  detail: string,
  errors?: readonly FieldError[],
): Problem => (errors === undefined ? { problem, detail } : { problem, detail, errors });

/** Nothing was done: what `accept` holds back is not even looked for. */
export const notAccepting = refuse(
  'TEMPORARILY_UNAVAILABLE',
  'No withdrawals are accepted at the moment. Nothing was done, and the Idempotency-Key is not used up: send the same request again later.',
);

/** A problem with one field of the body. */
export const refuseField = (problem: ProblemCode, pointer: string, detail: string): Problem =>
  refuse(problem, detail, [{ pointer, code: problem, detail }]);

export const isProblem = (value: object): value is Problem => 'problem' in value;

export const statusOfProblem = (code: ProblemCode): number => problems[code].status;

/** The body of `application/problem+json`. */
export const problemBody = ({ problem, detail, errors, more }: Problem, requestId: string) => ({
  type: `urn:drawbridge:error:${problem}`,
  title: problems[problem].title,
  status: problems[problem].status,
  detail,
  code: problem,
  requestId,
  ...more,
  ...(errors === undefined ? {} : { errors: errors.slice(0, fieldErrorsMax) }),
});

/** Of a token without a person in it, for what somebody has to have done; `so` says why. */
export const namesNobody = (so: string): Problem =>
  refuse('FORBIDDEN', `This token names nobody (it has no sub), ${so}`);
