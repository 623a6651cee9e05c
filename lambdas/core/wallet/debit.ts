/**
 * What becomes true in a wallet's next block: holds that end, and what waits in the inbox, in order of acceptance. Withdrawals
 * are held or rejected, credits and debits applied.
 */
import { balanceMax, formatAmount } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import { type Balance, enter, fits, type Posting } from '../ledger/ledger.ts';
import type { BalanceItem } from '../ledger/tail.ts';
import type { WalletTransaction } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Ending } from './holds.ts';
import { nextBlock } from './next-block.ts';

/** What waits in an inbox. */
export type Operation = In<'requested'> | Extract<WalletTransaction, { status: 'PENDING' }>;

/**
 * Everything that becomes true when these holds end and these operations are applied to this balance, one after the other. Operations
 * are for wallets that are ACTIVE, which the balance's own item says as well: a look at the wallet would cost as much as a write. It also
 * says up to where the list of the wallet's withdrawals has been taken then.
 */
export function applyInOrder(
  before: BalanceItem,
  items: readonly (Ending | Operation)[],
  now: Instant,
  takenUpTo = before.takenUpTo,
): Change[] {
  const changes: Change[] = [];
  const postings: Posting[] = [];
  const unpaid: Withdrawal[] = [];
  let balance: Balance = before;
  const entered = (posting: Posting): void => {
    postings.push(posting);
    ({ balance } = enter(balance, posting));
  };
  for (const item of items) {
    if ('postings' in item) {
      const { from, to, paid } = item;
      for (const posting of item.postings) entered(posting);
      changes.push({ change: 'withdrawal', from, to });
      if (!paid) unpaid.push(from);
      continue;
    }
    const posting: Posting = {
      kind: 'stage' in item ? 'HOLD' : item.type,
      amount: item.amount,
      sourceId: item.id,
    };
    const applied = fits(balance, posting, balanceMax(item.currency));
    changes.push(outcomeOf(item, applied, balance, now));
    if (applied) entered(posting);
    else if ('stage' in item) unpaid.push(item);
  }
  changes.push(...uncounting(unpaid));
  const { active, look } = activeWhere(items, before);
  const noting = takenUpTo === undefined ? {} : { takenUpTo };
  if (postings.length === 0)
    return [
      { change: 'balance-unchanged', balance: before, ...active, ...noting },
      ...changes,
      ...look,
    ];
  return [...nextBlock({ ...before, ...noting }, postings, now, active), ...changes, ...look];
}

/** A balance that says suspended beside a wallet that is ACTIVE again is from older code, which knows the wallet only. */
function activeWhere(
  items: readonly (Ending | Operation)[],
  { walletId, suspended }: Balance,
): { active: { active?: true }; look: Change[] } {
  if (items.every((item) => 'postings' in item)) return { active: {}, look: [] };
  return suspended === undefined
    ? { active: { active: true }, look: [] }
    : { active: {}, look: [{ change: 'wallet-active', walletId }] };
}

function outcomeOf(operation: Operation, applied: boolean, balance: Balance, now: Instant): Change {
  const available = formatAmount(balance.available, operation.currency);
  const wanted = formatAmount(operation.amount, operation.currency);
  const lacking = `The wallet has ${available} ${operation.currency} available; ${wanted} was asked for.`;
  if ('stage' in operation) {
    const to = applied
      ? moveTo(operation, 'reserved', {}, now)
      : moveTo(
          operation,
          'rejected',
          { failure: { code: 'INSUFFICIENT_FUNDS', message: lacking, retryable: true } },
          now,
        );
    return { change: 'withdrawal', from: operation, to };
  }
  const done = { ...operation, version: operation.version + 1, processedAt: now };
  if (applied)
    return { change: 'transaction', from: operation, to: { ...done, status: 'PROCESSED' } };
  const failure =
    operation.type === 'DEBIT'
      ? ({ code: 'INSUFFICIENT_FUNDS', message: lacking, retryable: true } as const)
      : ({
          code: 'BALANCE_LIMIT',
          message: 'The wallet cannot hold this much.',
          retryable: false,
        } as const);
  return { change: 'transaction', from: operation, to: { ...done, status: 'FAILED', failure } };
}
