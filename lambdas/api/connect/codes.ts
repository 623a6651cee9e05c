/** What each refusal of REST is in RPC's words. docs/connect.md shows the same table, which a test compares. */
import { Code, ConnectError } from '@connectrpc/connect';
import { type Problem, type ProblemCode, problemBody } from '../../core/requests/problem.ts';
import { ErrorDetailSchema } from './generated/drawbridge/v1/error_detail_pb.js';

export const rpcCodes = {
  INVALID_REQUEST: Code.InvalidArgument,
  IDEMPOTENCY_KEY_REQUIRED: Code.InvalidArgument,
  IDEMPOTENCY_KEY_INVALID: Code.InvalidArgument,
  INVALID_AMOUNT: Code.InvalidArgument,
  INVALID_ADDRESS: Code.InvalidArgument,
  INVALID_CURSOR: Code.InvalidArgument,
  UNAUTHORIZED: Code.Unauthenticated,
  FORBIDDEN: Code.PermissionDenied,
  NOT_FOUND: Code.NotFound,
  METHOD_NOT_ALLOWED: Code.Unimplemented,
  PAYLOAD_TOO_LARGE: Code.ResourceExhausted,
  UNSUPPORTED_MEDIA_TYPE: Code.InvalidArgument,
  RATE_LIMITED: Code.ResourceExhausted,
  NOT_RETRYABLE: Code.FailedPrecondition,
  TOO_LATE_TO_CANCEL: Code.FailedPrecondition,
  CONFLICT: Code.Aborted,
  IDEMPOTENCY_KEY_REUSED: Code.AlreadyExists,
  NETWORK_NOT_SUPPORTED: Code.FailedPrecondition,
  WALLET_SUSPENDED: Code.FailedPrecondition,
  CURRENCY_MISMATCH: Code.FailedPrecondition,
  LIMIT_EXCEEDED: Code.FailedPrecondition,
  INSUFFICIENT_FUNDS: Code.FailedPrecondition,
  ACCOUNT_INACTIVE: Code.FailedPrecondition,
  WEBHOOK_URL_NOT_ALLOWED: Code.FailedPrecondition,
  TEMPORARILY_UNAVAILABLE: Code.Unavailable,
} as const satisfies Record<ProblemCode, Code>;

/** A refusal as an error of RPC, with all that REST says of it. */
export function errorOf(problem: Problem, requestId: string): ConnectError {
  const { code, status, detail, errors = [] } = problemBody(problem, requestId);
  const { limit, remaining, resetsAt } = problem.more ?? {};
  const value = {
    ...{ code, status, requestId, errors: errors.map((one) => ({ ...one })) },
    ...(limit && { limit }),
    ...(remaining && { remaining }),
    ...(resetsAt && { resetsAt }),
  };
  const headers = status === 503 ? { 'retry-after': '1' } : {};
  return new ConnectError(detail, rpcCodes[code], headers, [{ desc: ErrorDetailSchema, value }]);
}
