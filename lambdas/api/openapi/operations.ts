/** The descriptions of operations in the OpenAPI document: words, answers and problems, which the table does not have. */
import type * as z from 'zod';
import type { OperationName } from '../operations.ts';
import { batchDescriptions } from './batches.ts';
import { type Description, ok, page } from './description.ts';
import { operatorDescriptions } from './operator-operations.ts';
import { quoteDescriptions } from './quotes.ts';
import * as resources from './resources.ts';
import * as service from './service.ts';
import { webhookDescriptions } from './webhook-operations.ts';

const { Withdrawal, Wallet, Transaction } = resources;
const accepted = (is: string, schema: z.ZodType) => ({
  202: { is, schema },
  200: { is: 'The same request was accepted before: what it created, as it is now.', schema },
});

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
  ...batchDescriptions,
  ...quoteDescriptions,
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
  ...webhookDescriptions,
  graphql: {
    tag: 'Service',
    summary: 'The same operations as GraphQL',
    answers: ok('What was asked for, and what was refused.', service.GraphqlAnswer),
    problems: ['INVALID_REQUEST', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'],
  },
  ...operatorDescriptions,
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
  getConsole: {
    tag: 'Service',
    summary: 'The console, a page on which money is seen to move',
    description: 'It asks this API with the key that it is given, and shows what that key may see.',
    answers: { 200: { is: 'A page.', schema: service.Page, type: 'text/html' } },
  },
  getStart: {
    tag: 'Service',
    summary: 'The console, for whoever has only the address of the API',
    answers: { 200: { is: 'A page.', schema: service.Page, type: 'text/html' } },
  },
};
