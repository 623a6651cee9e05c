/**
 * The table of functions: where the code of each is and all that it may use. Permissions and environment are both made from
 * it (lib/function.ts), so they never disagree. What is not listed is denied. Beyond the table, each step may receive from
 * its own queue, and relay may read its stream.
 */
import { steps } from '../lambdas/core/kernel/steps.ts';
import { streamReaders } from '../lambdas/core/operations/stream-letter.ts';
import type { FunctionSpec } from './function-spec.ts';

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
    control: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], // Switches; why it failed; daily limits give back what is rejected or released.
    moneyIndexes: ['inbox', 'byWallet'],
    rings: ['debit'], // For what still waits when a turn of a wallet is over.
  },
  journal: {
    entry: 'steps/2-journal',
    money: ['BatchGetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem'],
    // Switches, circuit breakers; daily limits give back what is rejected; what is asked of an account at the brokerage.
    control: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'],
    moneyIndexes: ['inbox'],
    secrets: ['ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  'on-ramp': {
    entry: 'steps/3-on-ramp',
    money: ['BatchGetItem', 'PutItem', 'UpdateItem'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'], // Claims of on-ramp transfers, circuit breakers, the chain that was used first.
    secrets: ['DUE_API_KEY', 'ALPACA_SECRET_KEY'], // The brokerage sends the wire that pays for a transfer.
    brokerage: true,
    chains: true, // What the on-ramp says that it paid is seen on the chain.
  },
  broadcast: {
    entry: 'steps/4-broadcast',
    money: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'PartiQLUpdate'],
    // Nonces of the gas lanes, what treasuries have promised (whose lots are deleted), circuit breakers.
    control: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
    secrets: ['ALPACA_SECRET_KEY'], // Right before signing, the brokerage is asked whether the cash is still there.
    brokerage: true,
    chains: true,
    signs: true,
  },
  confirm: {
    entry: 'steps/5-confirm',
    money: ['BatchGetItem', 'UpdateItem', 'PartiQLUpdate'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'], // The chain that was used first, circuit breakers.
    chains: true,
  },
  refund: {
    entry: 'steps/6-refund',
    money: ['BatchGetItem', 'PutItem', 'UpdateItem'],
    control: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], // Switches, circuit breakers; daily limits give back what is refunded.
    secrets: ['ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  webhook: {
    entry: 'steps/7-deliver-webhook',
    webhooks: ['BatchGetItem', 'Query', 'PutItem', 'UpdateItem'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'], // Switches; why it failed.
    rings: ['webhook-retry'],
  },
  'webhook-retry': {
    entry: 'steps/7-retry-webhook',
    webhooks: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'],
    webhooksIndexes: ['byEndpoint'], // What a replay delivers once more.
  },
  relay: {
    entry: 'steps/relay',
    webhooks: ['Query', 'PutItem', 'UpdateItem'],
    // Counters. Code before decision 70 read and put them, and still runs while the next is deployed.
    control: ['UpdateItem', 'Query', 'PutItem'],
    rings: ['journal', 'debit', 'on-ramp', 'broadcast', 'refund', 'webhook', 'webhook-retry'],
  },
  bus: { entry: 'steps/bus', bus: true },
  sweep: {
    entry: 'steps/sweep',
    money: ['BatchGetItem', 'Scan', 'UpdateItem'], // What is open and in no list is found, and listed.
    control: ['GetItem', 'PutItem'], // Switches; how far it has come.
    moneyIndexes: ['due', 'open'],
    webhooksIndexes: ['due'],
    rings: ['journal', 'debit', 'on-ramp', 'broadcast', 'confirm', 'refund', 'webhook-retry'],
  },
  gauge: {
    entry: 'steps/gauge',
    money: ['BatchGetItem'],
    moneyIndexes: ['open'],
    control: ['GetItem', 'BatchGetItem', 'Query', 'PutItem'], // Circuit breakers, the chain that was used first, counters.
    chains: true,
    lanes: true,
    brokerage: true, // It knows the brokerage's breakers only where there is one.
  },
  retell: {
    entry: 'steps/retell',
    money: ['BatchGetItem', 'Query', 'Scan'],
    moneyIndexes: ['inbox', 'open'],
    webhooks: ['Query', 'PutItem', 'UpdateItem'],
    control: ['GetItem', 'PutItem'], // Up to where all is told.
    rings: ['webhook'],
    clearsLettersOf: streamReaders,
    bus: true,
  },
  reconcile: {
    entry: 'steps/reconcile',
    money: ['BatchGetItem', 'Query', 'Scan', 'UpdateItem'], // What an index lacks is found, and listed.
    // The report, checkpoints (whose parts are deleted), claims of on-ramp transfers, circuit breakers.
    control: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem'],
    moneyIndexes: ['inbox', 'open', 'byWallet'],
    secrets: ['DUE_API_KEY', 'ALPACA_SECRET_KEY'],
    chains: true,
    brokerage: true,
  },
  reconciliation: {
    entry: 'api/resources/reconciliation',
    money: ['BatchGetItem', 'Query', 'Scan', 'UpdateItem'],
    control: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'DeleteItem'],
    moneyIndexes: ['inbox', 'open', 'byWallet'],
    secrets: ['DUE_API_KEY', 'ALPACA_SECRET_KEY'],
    chains: true,
    brokerage: true,
  },
  queues: {
    entry: 'api/resources/queues',
    money: ['BatchGetItem'],
    moneyIndexes: ['inbox', 'byWallet'], // A dead letter of 2-debit names a wallet.
    control: ['BatchGetItem', 'Query', 'PutItem'], // Why steps failed; counters; what was taken away.
    watches: steps,
    deadLetters: true,
    errands: ['retell', 'reconcile'],
  },
  treasury: {
    entry: 'api/resources/treasury',
    money: ['GetItem', 'BatchGetItem'],
    moneyIndexes: ['open'],
    control: ['GetItem', 'BatchGetItem', 'PutItem'], // Nonces of the gas lanes, circuit breakers, the chain that was used first.
    chains: true,
    lanes: true,
  },
  'circuit-breakers': {
    entry: 'api/resources/circuit-breakers',
    control: ['BatchGetItem'],
    brokerage: true, // It shows the brokerage's breakers only where there is one.
  },
  operators: {
    entry: 'api/resources/operators',
    money: ['GetItem', 'BatchGetItem', 'UpdateItem'],
    moneyIndexes: ['open', 'byTenant'],
    control: ['BatchGetItem', 'PutItem', 'UpdateItem'], // Proposals; daily limits give back what ends.
  },
  controls: {
    entry: 'api/resources/controls',
    control: ['GetItem', 'Query', 'PutItem', 'UpdateItem'], // Switches, and who has turned them.
  },
  quotes: {
    entry: 'api/resources/quotes',
    money: ['BatchGetItem'], // The wallet that would pay.
    control: ['GetItem', 'BatchGetItem', 'PutItem'], // Switches, circuit breakers, the chain that was used first.
    secrets: ['DUE_API_KEY'],
    chains: true,
  },
  'withdrawal-batches': {
    entry: 'api/resources/withdrawal-batches',
    // It accepts each line as create-withdrawal does.
    money: ['BatchGetItem', 'PutItem'],
    control: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], // And the batches, and how many lines each caller has sent.
    secrets: ['ID_SECRET', 'ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  withdrawals: {
    entry: 'api/resources/withdrawals',
    money: ['BatchGetItem', 'UpdateItem'],
    moneyIndexes: ['byWallet', 'byTenant', 'byReference'],
    control: ['GetItem', 'BatchGetItem', 'UpdateItem'], // Counters of daily limits, batches, switches.
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
    // It needs what its operations need: those of create-withdrawal and withdrawals, and getWallet.
    money: ['BatchGetItem', 'PutItem', 'UpdateItem'],
    moneyIndexes: ['byWallet', 'byTenant'],
    control: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], // Counters of daily limits, circuit breakers.
    secrets: ['ID_SECRET', 'ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  connect: {
    entry: 'api/connect/connect',
    // It needs what its operations need: those of create-withdrawal and withdrawals.
    money: ['BatchGetItem', 'PutItem', 'UpdateItem'],
    moneyIndexes: ['byWallet', 'byTenant', 'byReference'],
    control: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'], // Counters of daily limits, circuit breakers.
    secrets: ['ID_SECRET', 'ALPACA_SECRET_KEY'],
    brokerage: true,
  },
  'connect-processor': {
    entry: 'api/connect/connect-processor',
    control: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'], // Switches, and who has turned them; counters.
    watches: steps,
    countsDeadLetters: true,
  },
  'webhook-endpoints': {
    entry: 'api/resources/webhook-endpoints',
    // A client deletes its endpoint. Deliveries, with what became of them, are deleted by nobody but time.
    webhooks: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
    control: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'], // Powertools' idempotency of clients' own events.
    webhooksIndexes: ['byEndpoint', 'byState'],
    rings: ['webhook', 'webhook-retry'],
  },
  'provider-events': {
    entry: 'api/resources/provider-events',
    control: ['GetItem'], // Claims of on-ramp transfers.
    rings: ['on-ramp'],
  },
  health: { entry: 'api/resources/health', money: ['GetItem'], watches: ['debit'] },
  docs: { entry: 'api/resources/docs' },
  authorizer: { entry: 'api/access/authorizer', control: ['GetItem'] },
  'method-not-allowed': { entry: 'api/method-not-allowed' },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];
