/**
 * Every function of the stack: where its code is and all that it may use. Permissions and environment are both made
 * from this table (function.ts), so a function cannot be told of something that it may not use, or the other way round.
 * What is not listed is denied. Each step may also receive from its own queue, and relay read its stream.
 */
import type { Step } from '../lambdas/core/kernel/steps.ts';

type Read = 'GetItem' | 'BatchGetItem' | 'Query' | 'Scan';
type Write = 'PutItem' | 'UpdateItem' | 'ConditionCheckItem';

export type SecretName = 'ID_SECRET' | 'DUE_API_KEY' | 'ALPACA_SECRET_KEY';

export type FunctionSpec = {
  /** Under lambdas/, without `.ts`. It exports `handler`. */
  entry: string;
  /** Actions on the table's own items. Nobody may delete what is about money. */
  money?: readonly (Read | Write)[];
  webhooks?: readonly (Read | Write)[];
  control?: readonly (Read | Write | 'DeleteItem')[];
  /** Indexes it may query. */
  moneyIndexes?: readonly ('inbox' | 'byWallet' | 'byTenant' | 'byReference' | 'due')[];
  webhooksIndexes?: readonly 'due'[];
  /** Queues it may send to. */
  rings?: readonly Step[];
  /** Queues whose attributes it may read. */
  watches?: readonly Step[];
  secrets?: readonly SecretName[];
  /** Gets the networks' RPC URLs, which often hold a key of the node's provider. */
  chains?: true;
  /** Gets what the brokerage is spoken to with, but for its secret, and who owns which account there. */
  brokerage?: true;
  /** May sign with the treasury's and the gas keys. */
  signs?: true;
};

export const functions = {
  'create-withdrawal': {
    entry: 'steps/1-create-withdrawal',
    money: ['BatchGetItem', 'PutItem'],
    control: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], // Counters of daily limits, circuit breakers.
    secrets: ['ID_SECRET', 'ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  debit: {
    entry: 'steps/2-debit',
    money: ['BatchGetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem'],
    control: ['BatchGetItem', 'PutItem', 'UpdateItem'], // Circuit breakers; what is rejected counts no more.
    moneyIndexes: ['inbox'],
    secrets: ['ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  'on-ramp': {
    entry: 'steps/3-on-ramp',
    money: ['BatchGetItem', 'PutItem', 'UpdateItem'],
    control: ['BatchGetItem', 'PutItem'], // Claims of on-ramp transfers, circuit breakers.
    secrets: ['DUE_API_KEY', 'ALPACA_SECRET_KEY'], // The wire that pays for a transfer.
    brokerage: true,
  },
  broadcast: {
    entry: 'steps/4-broadcast',
    money: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'], // Nonces of the gas lanes, circuit breakers.
    secrets: ['ALPACA_SECRET_KEY'], // Whether the cash is still there, right before signing.
    brokerage: true,
    chains: true,
    signs: true,
  },
  confirm: {
    entry: 'steps/5-confirm',
    money: ['BatchGetItem', 'UpdateItem'],
    control: ['BatchGetItem', 'PutItem'], // Circuit breakers.
    chains: true,
  },
  settle: { entry: 'steps/6-settle', money: ['BatchGetItem', 'PutItem', 'UpdateItem'] },
  refund: {
    entry: 'steps/6-refund',
    money: ['BatchGetItem', 'PutItem', 'UpdateItem'],
    control: ['BatchGetItem', 'PutItem', 'UpdateItem'], // Circuit breakers; what is given back counts no more.
    secrets: ['ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  webhook: {
    entry: 'steps/7-deliver-webhook',
    webhooks: ['GetItem', 'Query', 'PutItem'],
  },
  relay: {
    entry: 'steps/relay',
    webhooks: ['Query', 'PutItem'],
    rings: ['debit', 'on-ramp', 'broadcast', 'settle', 'refund', 'webhook'],
  },
  sweep: {
    entry: 'steps/sweep',
    money: ['BatchGetItem'],
    moneyIndexes: ['due'],
    webhooksIndexes: ['due'],
    rings: ['debit', 'on-ramp', 'broadcast', 'confirm', 'settle', 'refund', 'webhook'],
  },
  reconcile: {
    entry: 'steps/reconcile',
    money: ['BatchGetItem', 'Query', 'Scan'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'], // Its report; claims of on-ramp transfers, circuit breakers.
    secrets: ['DUE_API_KEY', 'ALPACA_SECRET_KEY'],
    chains: true,
    brokerage: true,
  },
  reconciliation: {
    entry: 'api/resources/reconciliation',
    money: ['BatchGetItem', 'Query', 'Scan'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'],
    secrets: ['DUE_API_KEY', 'ALPACA_SECRET_KEY'],
    chains: true,
    brokerage: true,
  },
  'circuit-breakers': {
    entry: 'api/resources/circuit-breakers',
    control: ['BatchGetItem'],
    brokerage: true, // Whether there is one.
  },
  withdrawals: {
    entry: 'api/resources/withdrawals',
    money: ['BatchGetItem', 'UpdateItem'],
    moneyIndexes: ['byWallet', 'byTenant', 'byReference'],
    control: ['GetItem', 'UpdateItem'], // Counters of daily limits.
    secrets: ['ID_SECRET'],
  },
  wallets: {
    entry: 'api/resources/wallets',
    money: ['BatchGetItem', 'Query', 'PutItem', 'UpdateItem'],
    moneyIndexes: ['byWallet'],
    secrets: ['ID_SECRET'],
    brokerage: true,
  },
  graphql: {
    entry: 'api/graphql/graphql',
    // What the operations need that it performs: create-withdrawal, withdrawals, and reading a wallet.
    money: ['BatchGetItem', 'PutItem', 'UpdateItem'],
    moneyIndexes: ['byWallet', 'byTenant'],
    control: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], // Counters of daily limits, circuit breakers.
    secrets: ['ID_SECRET', 'ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  'webhook-endpoints': {
    entry: 'api/resources/webhook-endpoints',
    webhooks: ['GetItem', 'PutItem'],
  },
  'provider-events': {
    entry: 'api/resources/provider-events',
    // Powertools idempotency; its own items are the only ones that anybody deletes.
    control: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
    rings: ['on-ramp'],
  },
  health: { entry: 'api/resources/health', money: ['GetItem'], watches: ['debit'] },
  docs: { entry: 'api/resources/docs' },
  authorizer: { entry: 'api/access/authorizer', control: ['GetItem'] },
  'method-not-allowed': { entry: 'api/method-not-allowed' },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];
