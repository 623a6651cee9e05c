/** Our items as clients see them, in the API's answers and in webhooks alike (api/openapi/resources.ts describes them). */
import { type Currency, formatAmount } from '../kernel/money.ts';
import type { Explorers, Network } from '../kernel/networks.ts';
import { timeOf, timeOrNull } from '../kernel/time.ts';
import type { Balance, LedgerEntry } from '../ledger/ledger.ts';
import type { Wallet, WalletTransaction } from '../ledger/wallet.ts';
import { allDifferences, type Report } from '../reconcile/difference.ts';
import { stages, statusOf, type TimelineEvent, type Withdrawal } from '../withdrawal/withdrawal.ts';

export type WithdrawalResource = ReturnType<typeof resourceOf>;

/** Where people see a transaction; `null`: there is none yet, or nothing that shows its network. */
export const explorerUrlOf = (
  explorers: Explorers,
  network: Network,
  txId: string | null,
): string | null => {
  const explorer = explorers.get(network);
  return txId !== null && explorer !== undefined ? explorer + txId : null;
};

export function resourceOf(withdrawal: Withdrawal, explorers: Explorers) {
  const { payout, fee, txId, failure } = factsOf(withdrawal);
  const { currency, asset, history } = withdrawal;
  return {
    id: withdrawal.id,
    walletId: withdrawal.walletId,
    status: statusOf(withdrawal),
    stage: withdrawal.stage,
    amount: formatAmount(withdrawal.amount, currency),
    currency,
    asset,
    network: withdrawal.network,
    destinationAddress: withdrawal.destination,
    payout: payout === undefined ? null : { amount: formatAmount(payout, asset), asset },
    fees:
      fee === undefined || fee === 0n
        ? []
        : [{ type: 'on-ramp', amount: formatAmount(fee, currency), currency }],
    txHash: txId ?? null,
    explorerUrl: explorerUrlOf(explorers, withdrawal.network, txId ?? null),
    confirmations: 'confirmations' in withdrawal ? withdrawal.confirmations : 0,
    retryCount: withdrawal.retryCount,
    maxRetries: withdrawal.maxRetries,
    nextAttemptAt: timeOrNull(withdrawal.nextAttemptAt),
    failure: failure ?? null,
    reference: withdrawal.reference,
    metadata: withdrawal.metadata,
    idempotencyKey: withdrawal.idempotencyKey,
    createdAt: timeOf(withdrawal.createdAt),
    updatedAt: timeOf(withdrawal.updatedAt),
    completedAt:
      stages[withdrawal.stage].status === 'COMPLETED'
        ? timeOrNull(history.at(-1)?.at ?? null)
        : null,
  };
}

/** The facts that only some stages have. */
const factsOf = (withdrawal: Withdrawal) => ({
  payout: 'payout' in withdrawal ? withdrawal.payout : undefined,
  fee: 'fee' in withdrawal ? withdrawal.fee : undefined,
  txId: 'txId' in withdrawal ? withdrawal.txId : undefined,
  failure: 'failure' in withdrawal ? withdrawal.failure : undefined,
});

/** The timeline, with sequence 1 to n without a gap. */
export const timelineOf = (withdrawal: Withdrawal) =>
  withdrawal.history.map((event: TimelineEvent, index) => ({
    sequence: index + 1,
    stage: event.stage,
    status: event.attempt === undefined ? stages[event.stage].status : ('RETRYING' as const),
    at: timeOf(event.at),
    ...(event.detail === undefined ? {} : { detail: event.detail }),
    // A wait is no retry, and has no number.
    ...(event.attempt === undefined || event.attempt === 0 ? {} : { attempt: event.attempt }),
  }));

export const walletResourceOf = (wallet: Wallet, balance: Balance) => ({
  id: wallet.id,
  currency: wallet.currency,
  available: formatAmount(balance.available, wallet.currency),
  held: formatAmount(balance.held, wallet.currency),
  status: wallet.status,
  funding: wallet.funding,
  reference: wallet.reference,
  metadata: wallet.metadata,
  createdAt: timeOf(wallet.createdAt),
  updatedAt: timeOf(wallet.updatedAt),
});

export function transactionResourceOf(transaction: WalletTransaction) {
  const currency: Currency = transaction.currency;
  return {
    id: transaction.id,
    walletId: transaction.walletId,
    type: transaction.type,
    amount: formatAmount(transaction.amount, currency),
    currency,
    status: transaction.status,
    failure: transaction.status === 'FAILED' ? transaction.failure : null,
    reference: transaction.reference,
    metadata: transaction.metadata,
    createdAt: timeOf(transaction.createdAt),
    processedAt: transaction.status === 'PENDING' ? null : timeOf(transaction.processedAt),
  };
}

/** A withdrawal, credit or debit in one shape, as an operation on its wallet; the status is its own. */
export function operationResourceOf(operation: Withdrawal | WalletTransaction) {
  const { id, walletId, amount, currency } = operation;
  const common = { id, walletId, amount: formatAmount(amount, currency) };
  if ('stage' in operation) {
    const ended = stages[operation.stage].step === null;
    const processedAt = ended ? { processedAt: timeOf(operation.updatedAt) } : {};
    const failure = 'failure' in operation ? { failure: operation.failure } : {};
    const status = statusOf(operation);
    return { ...common, type: 'WITHDRAWAL' as const, status, ...processedAt, ...failure };
  }
  const { type, status } = operation;
  const processedAt =
    operation.status === 'PENDING' ? {} : { processedAt: timeOf(operation.processedAt) };
  const failure = operation.status === 'FAILED' ? { failure: operation.failure } : {};
  return { ...common, type, status, ...processedAt, ...failure };
}

export const reportResourceOf = (report: Report) => ({
  from: timeOf(report.period.from),
  to: timeOf(report.period.to),
  checkedAt: timeOf(report.checkedAt),
  finishedAt: timeOf(report.finishedAt ?? report.checkedAt),
  differences: allDifferences(report).map(({ firstSeenAt, ...difference }) => ({
    ...difference,
    ...(firstSeenAt === undefined ? {} : { firstSeenAt: timeOf(firstSeenAt) }),
  })),
});

export const entryResourceOf = (entry: LedgerEntry, currency: Currency) => ({
  sequence: entry.sequence,
  kind: entry.kind,
  debit: entry.debit,
  credit: entry.credit,
  amount: formatAmount(entry.amount, currency),
  availableAfter: formatAmount(entry.availableAfter, currency),
  heldAfter: formatAmount(entry.heldAfter, currency),
  sourceId: entry.sourceId,
  at: timeOf(entry.at),
  blockHash: entry.blockHash,
});
