/** The descriptions of operations in the OpenAPI document: words, answers and problems, which the table does not have. */
import type * as z from 'zod';
import { webhookEndpointsMax } from '../../core/kernel/limits.ts';
import type { ProblemCode } from '../../core/requests/problem.ts';
import type { OperationName } from '../operations.ts';
import * as resources from './resources.ts';
import * as service from './service.ts';
import * as webhooks from './webhooks.ts';

export const tags = {
  Withdrawals: 'Money on its way to an address on a chain.',
  Wallets: 'What withdrawals are paid from.',
  Webhooks: 'Who is told what happens.',
  Providers: 'What the services that we use tell us.',
  Service: 'The service itself.',
} as const;

/** An answer. `type` is its media type where that is not JSON; without a schema it has no body. */
export type Answer = { is: string; schema: z.ZodType | null; type?: string };
export type Description = {
  tag: keyof typeof tags;
  summary: string;
  description?: string;
  answers: Readonly<Record<number, Answer>>;
  /** The problems that do not follow from the operation's scope, key, body and parameters. */
  problems?: readonly ProblemCode[];
};

const { Withdrawal, Wallet, Transaction } = resources;
const accepted = (is: string, schema: z.ZodType) => ({
  202: { is, schema },
  200: { is: 'The same request was accepted before: what it created, as it is now.', schema },
});
const ok = (is: string, schema: z.ZodType) => ({ 200: { is, schema } });
const page = (item: z.ZodType, id: string) =>
  ok('A page, newest first.', resources.pageOf(item, id));

export const descriptions: Record<OperationName, Description> = {
  createWithdrawal: {
    tag: 'Withdrawals',
    summary: 'Withdraw money to an address on a chain',
    description:
      'Accepts a withdrawal, exactly once for each Idempotency-Key. It is carried out after the answer; its events and `GET /v1/withdrawals/{id}` tell how.',
    answers: accepted('Accepted.', Withdrawal),
    problems: [
      'INVALID_AMOUNT',
      'INVALID_ADDRESS',
      'NOT_FOUND',
      'NETWORK_NOT_SUPPORTED',
      'WALLET_SUSPENDED',
      'LIMIT_EXCEEDED',
      'INSUFFICIENT_FUNDS',
      'ACCOUNT_INACTIVE',
    ],
  },
  listWithdrawals: {
    tag: 'Withdrawals',
    summary: 'List withdrawals',
    description:
      'Filters combine. A filtered page that would have to look at very many withdrawals ends early: go on by its `nextCursor`.',
    answers: page(Withdrawal, 'WithdrawalPage'),
  },
  getWithdrawal: {
    tag: 'Withdrawals',
    summary: 'A withdrawal as it is now',
    answers: ok('The withdrawal.', Withdrawal),
  },
  getWithdrawalEvents: {
    tag: 'Withdrawals',
    summary: 'The timeline of a withdrawal',
    answers: ok('Its timeline.', resources.Timeline),
  },
  retryWithdrawal: {
    tag: 'Withdrawals',
    summary: 'Take a withdrawal up again',
    description:
      'For one that FAILED with a retryable failure, or is in REVIEW, where it is safe: nothing of it can have been paid.',
    answers: { 202: { is: 'Taken up again.', schema: Withdrawal } },
    problems: ['NOT_RETRYABLE', 'LIMIT_EXCEEDED'],
  },
  cancelWithdrawal: {
    tag: 'Withdrawals',
    summary: 'Cancel a withdrawal',
    answers: {
      200: { is: 'Cancelled.', schema: Withdrawal },
      202: { is: 'Will be cancelled when its money has been given back.', schema: Withdrawal },
    },
    problems: ['TOO_LATE_TO_CANCEL'],
  },
  createWallet: {
    tag: 'Wallets',
    summary: 'Create a wallet',
    description:
      'Its money is in this ledger, or, with the funding `alpaca`, in a brokerage account of yours.',
    answers: { 201: { is: 'Created.', schema: Wallet } },
    problems: ['NOT_FOUND', 'CURRENCY_MISMATCH'],
  },
  listWallets: {
    tag: 'Wallets',
    summary: 'List wallets',
    answers: page(Wallet, 'WalletPage'),
  },
  getWallet: {
    tag: 'Wallets',
    summary: 'A wallet with its balance',
    answers: ok('The wallet.', Wallet),
  },
  updateWallet: {
    tag: 'Wallets',
    summary: 'Suspend a wallet, or make it active again',
    description:
      'A suspended wallet takes no new withdrawals and transactions. Those that it took before wait until it is active again, or are cancelled.',
    answers: ok('The wallet.', Wallet),
  },
  createWalletTransaction: {
    tag: 'Wallets',
    summary: 'Credit or debit a wallet',
    description:
      "Applied in order with the wallet's withdrawals, after the answer. It makes or unmakes money, so the key needs `transactions:write`, and its id is kept with the transaction.",
    answers: accepted('Accepted.', Transaction),
    problems: ['INVALID_AMOUNT', 'WALLET_SUSPENDED', 'CONFLICT'],
  },
  listWalletTransactions: {
    tag: 'Wallets',
    summary: 'List the credits and debits of a wallet',
    answers: page(Transaction, 'TransactionPage'),
  },
  getWalletTransaction: {
    tag: 'Wallets',
    summary: 'A credit or debit as it is now',
    answers: ok('The transaction.', Transaction),
  },
  getWalletOperation: {
    tag: 'Wallets',
    summary: 'Any operation on a wallet, in one shape',
    answers: ok('The withdrawal or transaction.', resources.WalletOperation),
  },
  listWalletEntries: {
    tag: 'Wallets',
    summary: 'The ledger of a wallet',
    answers: ok('A page of entries.', resources.pageOf(resources.Entry, 'EntryPage')),
  },
  createWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Register a webhook endpoint',
    description: `It is told of events, signed by Standard Webhooks. A tenant has at most ${webhookEndpointsMax}.`,
    answers: { 201: { is: 'Created.', schema: webhooks.CreatedWebhookEndpoint } },
    problems: ['WEBHOOK_URL_NOT_ALLOWED', 'CONFLICT'],
  },
  listWebhookEndpoints: {
    tag: 'Webhooks',
    summary: 'List webhook endpoints',
    answers: page(webhooks.WebhookEndpoint, 'WebhookEndpointPage'),
  },
  getWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'A webhook endpoint',
    answers: ok('The endpoint.', webhooks.WebhookEndpoint),
  },
  updateWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Change a webhook endpoint',
    description:
      'What it begins to want, it is told of from now on. While it is disabled it is told nothing, and what waits for it is given up.',
    answers: ok('The endpoint.', webhooks.WebhookEndpoint),
    problems: ['WEBHOOK_URL_NOT_ALLOWED'],
  },
  deleteWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Delete a webhook endpoint',
    description: 'It is told nothing any more. Its deliveries can be looked up by their ids.',
    answers: { 204: { is: 'Deleted.', schema: null } },
  },
  rotateWebhookSecret: {
    tag: 'Webhooks',
    summary: 'Replace the secret of a webhook endpoint',
    description: 'For 24 hours both secrets sign, so that the receiver can change over.',
    answers: ok('The endpoint with its new secret.', webhooks.CreatedWebhookEndpoint),
    problems: ['CONFLICT'],
  },
  testWebhookEndpoint: {
    tag: 'Webhooks',
    summary: 'Send a webhook endpoint a test event',
    description: 'An event `webhook-endpoint.test`, whatever the endpoint wants otherwise.',
    answers: { 202: { is: 'Its delivery.', schema: webhooks.WebhookDelivery } },
    problems: ['CONFLICT'],
  },
  listWebhookDeliveries: {
    tag: 'Webhooks',
    summary: 'List the deliveries to a webhook endpoint',
    description: 'Deliveries are kept for 90 days. Filters combine.',
    answers: page(webhooks.WebhookDelivery, 'WebhookDeliveryPage'),
  },
  getWebhookDelivery: {
    tag: 'Webhooks',
    summary: 'A delivery with its attempts',
    answers: ok('The delivery.', webhooks.WebhookDelivery),
  },
  graphql: {
    tag: 'Service',
    summary: 'The same operations as GraphQL',
    answers: ok('What was asked for, and what was refused.', service.GraphqlAnswer),
    problems: ['INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'],
  },
  getReconciliation: {
    tag: 'Service',
    summary: 'Whether all books agree',
    description:
      'Our books beside those of the brokerage, the on-ramp and the chains, of the last 26 hours. Compared every hour, and when it is asked for and the last report is older than a minute. Nothing is ever corrected by it.',
    answers: ok('The last report.', service.Reconciliation),
  },
  listCircuitBreakers: {
    tag: 'Service',
    summary: 'Which providers are taken to be well',
    description:
      'A circuit breaker for each thing that is asked of a provider. While one is OPEN nothing is asked and withdrawals wait, as RETRYING; then a question that moves nothing finds out whether the provider is back (HALF_OPEN), and work begins again with one call and doubles.',
    answers: ok('All of them.', service.CircuitBreakers),
  },
  receiveDueEvent: {
    tag: 'Providers',
    summary: "The on-ramp's events",
    description:
      'Signed by the provider: Ed25519 over the raw body, in hexadecimal, in the header X-Webhook-Signature.',
    answers: ok('Received.', service.Received),
    problems: ['INVALID_REQUEST', 'UNAUTHORIZED', 'PAYLOAD_TOO_LARGE'],
  },
  getHealth: {
    tag: 'Service',
    summary: 'Whether the service works',
    answers: {
      200: { is: 'It does.', schema: service.Health },
      503: { is: 'It does not.', schema: service.Health },
    },
    problems: ['INVALID_REQUEST'],
  },
  getOpenApi: {
    tag: 'Service',
    summary: 'This document',
    answers: ok('An OpenAPI 3.1 document.', service.OpenApiDocument),
  },
  getDocs: {
    tag: 'Service',
    summary: 'This document as a page to read and try',
    answers: { 200: { is: 'A page.', schema: service.Page, type: 'text/html' } },
  },
};
