/** The descriptions of operations in the OpenAPI document: words, answers and problems, which the table does not have. */
import type * as z from 'zod';
import type { OperationName } from '../operations.ts';
import { type Description, ok, page } from './description.ts';
import * as operators from './operators.ts';
import * as resources from './resources.ts';
import * as service from './service.ts';
import { webhookDescriptions } from './webhook-operations.ts';

const { Withdrawal, Wallet, Transaction } = resources;
const accepted = (is: string, schema: z.ZodType) => ({
  202: { is, schema },
  200: { is: 'The same request was accepted before: what it created, as it is now.', schema },
});

const fourEyes =
  'The first caller proposes (202), another principal confirms (200). A principal is the `sub` of a token, or the `--principal` that a key was made with: who proposed it is answered 403, by whatever key. A proposal is void after a day, and when the withdrawal has changed since (409).';
const resolved = {
  answers: {
    202: { is: 'Proposed. Another principal has to confirm it.', schema: operators.Resolution },
    200: {
      is: 'Confirmed and done, now or by the same caller before.',
      schema: operators.Resolution,
    },
  },
  problems: ['CONFLICT'],
} satisfies Pick<Description, 'answers' | 'problems'>;

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
  ...webhookDescriptions,
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
  listOpenWithdrawals: {
    tag: 'Operators',
    summary: 'What withdrawals of all tenants wait for',
    description:
      'Those that have not ended, oldest first. With a `stage` or `status` that has ended it needs a `tenant`, and lists what has. A page that would have to look at very many withdrawals ends early: go on by its `nextCursor`. A withdrawal that newer code has written, during a deployment, is left out.',
    answers: ok('A page, oldest first.', resources.pageOf(operators.OpenWithdrawal, 'OpenPage')),
  },
  resumeWithdrawal: {
    tag: 'Operators',
    summary: 'Have a withdrawal in REVIEW asked again',
    description: `Its step looks up what became of what it asked for, and sends nothing that may have been carried out. ${fourEyes}`,
    ...resolved,
  },
  refundWithdrawal: {
    tag: 'Operators',
    summary: 'Give back the money of a withdrawal in REVIEW',
    description: `Only where no payout was ever signed and nothing that was sent can still take effect. Both people attest what became of it. ${fourEyes}`,
    ...resolved,
  },
  cancelPayout: {
    tag: 'Operators',
    summary: 'Have a signed payout cancelled on the chain',
    description: `For one that cannot go. Its money is given back when the cancellation is final; if the payout is faster, it is paid. ${fourEyes}`,
    ...resolved,
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
