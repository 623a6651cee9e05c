/** What the package has. */
export type { BatchLine } from './batches.ts';
export type { AnswerOf, CallOptions, InputOf, OperationName } from './calls.ts';
export { Drawbridge, type Options } from './drawbridge.ts';
export {
  ConnectionFailed,
  type DrawbridgeError,
  type DrawbridgeRefusal,
  type FieldError,
  isDrawbridgeError,
  type ProblemCode,
  TimedOut,
  UnexpectedAnswer,
  WrongCall,
} from './errors.ts';
export { operations } from './generated/operations.ts';
export type * as api from './generated/types.ts';
export type { List, Page } from './lists.ts';
export type { NetworkName, QuoteRequest, Route } from './networks.ts';
export type { Answer } from './sending.ts';
export {
  type VerifyOptions,
  verifyWebhook,
  type WebhookEvent,
  WebhookVerificationError,
} from './webhooks.ts';
export type { Keyed, NewWithdrawal, RestingWithdrawal, WaitOptions } from './withdrawals.ts';
