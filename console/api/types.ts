/** The API's own words for what it answers (client/src/generated/types.ts is made from its OpenAPI document). */
import type * as api from '../../client/src/generated/types.ts';

export type Withdrawal = api.Withdrawal;
export type OpenWithdrawal = api.OpenWithdrawal;
export type Inspected = api.InspectedWithdrawal;
export type Stage = Withdrawal['stage'];
export type Status = Withdrawal['status'];
export type Line = api.Timeline[number];
export type WaitReason = NonNullable<OpenWithdrawal['waitingFor']>['reason'];
export type Resolution = OpenWithdrawal['proposals'][number]['resolution'];
export type Wallet = api.Wallet;
export type Entry = api.Entry;
export type Transaction = api.Transaction;
export type Endpoint = api.WebhookEndpoint;
export type Delivery = api.WebhookDelivery;
export type Attempt = api.WebhookDeliveryAttempt;
export type Page<T> = { data: T[]; nextCursor: string | null };
export type Step = api.DeadLetters['data'][number]['from'];
export type SwitchName = api.Switch['name'];
export type {
  CircuitBreakers,
  DeadLetters,
  Network,
  Networks,
  Processor,
  Quote,
  Reconciliation,
  Redriven,
  Stats,
  Switches,
  Treasury,
  ValidatedAddress,
  WebhookStats,
  WithdrawalBatch,
  WithdrawalBatchAnswer,
} from '../../client/src/generated/types.ts';
