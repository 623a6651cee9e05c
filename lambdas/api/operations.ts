/**
 * The table of operations: the path of each, the function that answers it, the scope that it needs and what may be sent.
 * Routes (lib/http-api.ts), handlers, GraphQL and the OpenAPI document (lambdas/api/openapi/document.ts) are made from it.
 */
import type * as z from 'zod';
import { batchBytesMax } from '../core/requests/batch-limits.ts';
import { CreateWithdrawalBatch, WithdrawalBatchBody } from '../core/requests/batch-schemas.ts';
import {
  DiscardLetter,
  ListOpenWithdrawals,
  Resolve,
  TurnProcessor,
  TurnSwitch,
} from '../core/requests/operator-schemas.ts';
import { CreateQuote, ValidateAddress } from '../core/requests/quote-schemas.ts';
import {
  CreateTransaction,
  CreateWallet,
  CreateWithdrawal,
  ListEntries,
  ListPage,
  ListWithdrawals,
  NoBody,
  UpdateWallet,
} from '../core/requests/schemas.ts';
import {
  CreateWebhookEndpoint,
  ListDeliveries,
  ReplayWebhooks,
  SendWebhook,
  UpdateWebhookEndpoint,
} from '../core/requests/webhook-schemas.ts';

export const scopes = [
  'withdrawals:read',
  'withdrawals:write',
  'wallets:read',
  'wallets:write',
  'transactions:write',
  'webhooks:read',
  'webhooks:write',
  'operations',
] as const;
export type Scope = (typeof scopes)[number];

export type Operation = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  /** The name of the function in lib/functions.ts. */
  by: string;
  /** `null` needs no key. `any` needs a key with whatever scopes; the operation checks them itself. */
  scope: Scope | 'any' | null;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** What the OpenAPI document says of the body, where parts of it are checked each by itself. */
  saidBody?: z.ZodType;
  /** The most bytes of its body, where that is not the usual. */
  bytesMax?: number;
  /** The operation moves money and needs an Idempotency-Key. */
  idempotent?: true;
  /** The operation reads its body itself. */
  raw?: true;
};

// biome-ignore format: a line for each, so that the table can be read as one
export const operations = {
  createWithdrawal: { method: 'POST', path: '/v1/withdrawals', by: 'create-withdrawal', scope: 'withdrawals:write', body: CreateWithdrawal, idempotent: true },
  listWithdrawals: { method: 'GET', path: '/v1/withdrawals', by: 'withdrawals', scope: 'withdrawals:read', query: ListWithdrawals },
  getWithdrawal: { method: 'GET', path: '/v1/withdrawals/{id}', by: 'withdrawals', scope: 'withdrawals:read' },
  getWithdrawalEvents: { method: 'GET', path: '/v1/withdrawals/{id}/events', by: 'withdrawals', scope: 'withdrawals:read' },
  retryWithdrawal: { method: 'POST', path: '/v1/withdrawals/{id}/retry', by: 'withdrawals', scope: 'withdrawals:write', body: NoBody },
  cancelWithdrawal: { method: 'POST', path: '/v1/withdrawals/{id}/cancel', by: 'withdrawals', scope: 'withdrawals:write', body: NoBody },

  createWithdrawalBatch: { method: 'POST', path: '/v1/withdrawal-batches', by: 'withdrawal-batches', scope: 'withdrawals:write', body: CreateWithdrawalBatch, saidBody: WithdrawalBatchBody, bytesMax: batchBytesMax, idempotent: true },
  getWithdrawalBatch: { method: 'GET', path: '/v1/withdrawal-batches/{id}', by: 'withdrawal-batches', scope: 'withdrawals:read' },

  listNetworks: { method: 'GET', path: '/v1/networks', by: 'quotes', scope: 'withdrawals:read' },
  validateAddress: { method: 'POST', path: '/v1/addresses/validate', by: 'quotes', scope: 'withdrawals:read', body: ValidateAddress },
  createQuote: { method: 'POST', path: '/v1/quotes', by: 'quotes', scope: 'withdrawals:read', body: CreateQuote },

  createWallet: { method: 'POST', path: '/v1/wallets', by: 'wallets', scope: 'wallets:write', body: CreateWallet },
  listWallets: { method: 'GET', path: '/v1/wallets', by: 'wallets', scope: 'wallets:read', query: ListPage },
  getWallet: { method: 'GET', path: '/v1/wallets/{walletId}', by: 'wallets', scope: 'wallets:read' },
  updateWallet: { method: 'PATCH', path: '/v1/wallets/{walletId}', by: 'wallets', scope: 'wallets:write', body: UpdateWallet },
  createWalletTransaction: { method: 'POST', path: '/v1/wallets/{walletId}/transactions', by: 'wallets', scope: 'transactions:write', body: CreateTransaction, idempotent: true },
  listWalletTransactions: { method: 'GET', path: '/v1/wallets/{walletId}/transactions', by: 'wallets', scope: 'wallets:read', query: ListPage },
  getWalletTransaction: { method: 'GET', path: '/v1/wallets/{walletId}/transactions/{transactionId}', by: 'wallets', scope: 'wallets:read' },
  getWalletOperation: { method: 'GET', path: '/v1/wallets/{walletId}/operations/{id}', by: 'wallets', scope: 'wallets:read' },
  listWalletEntries: { method: 'GET', path: '/v1/wallets/{walletId}/entries', by: 'wallets', scope: 'wallets:read', query: ListEntries },

  createWebhookEndpoint: { method: 'POST', path: '/v1/webhook-endpoints', by: 'webhook-endpoints', scope: 'webhooks:write', body: CreateWebhookEndpoint },
  listWebhookEndpoints: { method: 'GET', path: '/v1/webhook-endpoints', by: 'webhook-endpoints', scope: 'webhooks:read', query: ListPage },
  getWebhookEndpoint: { method: 'GET', path: '/v1/webhook-endpoints/{id}', by: 'webhook-endpoints', scope: 'webhooks:read' },
  updateWebhookEndpoint: { method: 'PATCH', path: '/v1/webhook-endpoints/{id}', by: 'webhook-endpoints', scope: 'webhooks:write', body: UpdateWebhookEndpoint },
  deleteWebhookEndpoint: { method: 'DELETE', path: '/v1/webhook-endpoints/{id}', by: 'webhook-endpoints', scope: 'webhooks:write' },
  rotateWebhookSecret: { method: 'POST', path: '/v1/webhook-endpoints/{id}/rotate-secret', by: 'webhook-endpoints', scope: 'webhooks:write', body: NoBody },
  testWebhookEndpoint: { method: 'POST', path: '/v1/webhook-endpoints/{id}/test', by: 'webhook-endpoints', scope: 'webhooks:write', body: NoBody },
  listWebhookDeliveries: { method: 'GET', path: '/v1/webhook-endpoints/{id}/deliveries', by: 'webhook-endpoints', scope: 'webhooks:read', query: ListDeliveries },
  replayWebhooks: { method: 'POST', path: '/v1/webhook-endpoints/{id}/replay', by: 'webhook-endpoints', scope: 'webhooks:write', body: ReplayWebhooks },
  redeliverWebhook: { method: 'POST', path: '/v1/webhook-deliveries/{id}/redeliver', by: 'webhook-endpoints', scope: 'webhooks:write', body: NoBody },
  sendWebhook: { method: 'POST', path: '/v1/webhooks', by: 'webhook-endpoints', scope: 'webhooks:write', body: SendWebhook },
  getWebhookStats: { method: 'GET', path: '/v1/webhooks/stats', by: 'webhook-endpoints', scope: 'webhooks:read' },
  getWebhookDelivery: { method: 'GET', path: '/v1/webhook-deliveries/{id}', by: 'webhook-endpoints', scope: 'webhooks:read' },

  // Each field is performed as one of the operations above, and needs its scope.
  graphql: { method: 'POST', path: '/graphql', by: 'graphql', scope: 'any', raw: true },

  getReconciliation: { method: 'GET', path: '/v1/reconciliation', by: 'reconciliation', scope: 'operations' },
  startReconciliation: { method: 'POST', path: '/v1/reconciliation', by: 'queues', scope: 'operations', body: NoBody },
  listOpenWithdrawals: { method: 'GET', path: '/v1/operations/withdrawals', by: 'operators', scope: 'operations', query: ListOpenWithdrawals },
  inspectWithdrawal: { method: 'GET', path: '/v1/operations/withdrawals/{id}', by: 'operators', scope: 'operations' },
  getWithdrawalTrace: { method: 'GET', path: '/v1/operations/withdrawals/{id}/trace', by: 'operators', scope: 'operations' },
  resumeWithdrawal: { method: 'POST', path: '/v1/operations/withdrawals/{id}/resume', by: 'operators', scope: 'operations', body: Resolve },
  refundWithdrawal: { method: 'POST', path: '/v1/operations/withdrawals/{id}/refund', by: 'operators', scope: 'operations', body: Resolve },
  cancelPayout: { method: 'POST', path: '/v1/operations/withdrawals/{id}/cancel-payout', by: 'operators', scope: 'operations', body: Resolve },
  listSwitches: { method: 'GET', path: '/v1/operations/switches', by: 'controls', scope: 'operations' },
  turnSwitch: { method: 'PUT', path: '/v1/operations/switches/{name}', by: 'controls', scope: 'operations', body: TurnSwitch },
  getProcessor: { method: 'GET', path: '/v1/processor', by: 'controls', scope: 'operations' },
  stopProcessor: { method: 'POST', path: '/v1/processor/stop', by: 'controls', scope: 'operations', body: TurnProcessor },
  startProcessor: { method: 'POST', path: '/v1/processor/start', by: 'controls', scope: 'operations', body: TurnProcessor },
  getStats: { method: 'GET', path: '/v1/stats', by: 'queues', scope: 'operations' },
  getDeadLetters: { method: 'GET', path: '/v1/dead-letters/{step}', by: 'queues', scope: 'operations' },
  redriveDeadLetters: { method: 'POST', path: '/v1/dead-letters/{step}/redrive', by: 'queues', scope: 'operations', body: NoBody },
  discardDeadLetter: { method: 'POST', path: '/v1/dead-letters/{step}/discard', by: 'queues', scope: 'operations', body: DiscardLetter },
  getTreasury: { method: 'GET', path: '/v1/operations/treasury', by: 'treasury', scope: 'operations' },
  listCircuitBreakers: { method: 'GET', path: '/v1/circuit-breakers', by: 'circuit-breakers', scope: 'operations' },

  // The provider's signature over the body authenticates it.
  receiveDueEvent: { method: 'POST', path: '/v1/providers/due/events', by: 'provider-events', scope: null, raw: true },
  getOpenApi: { method: 'GET', path: '/openapi.json', by: 'docs', scope: null },
  getDocs: { method: 'GET', path: '/docs', by: 'docs', scope: null },
  getConsole: { method: 'GET', path: '/console', by: 'docs', scope: null },
  getStart: { method: 'GET', path: '/', by: 'docs', scope: null },
  getHealth: { method: 'GET', path: '/health', by: 'health', scope: null },
} as const satisfies Record<string, Operation>;

export type Operations = typeof operations;
export type OperationName = keyof Operations;
export const operationNames = Object.keys(operations) as OperationName[];
