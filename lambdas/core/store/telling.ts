/** Stores that tell what they have written about withdrawals and transactions, once it is written. */
import type { WalletTransaction } from '../ledger/wallet.ts';
import { tell } from '../withdrawal/news.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Change } from './change.ts';
import type { Store } from './store.ts';

/** A store whose commits are told of. */
export const telling = (store: Store): Store => ({
  ...store,
  commit: async (changes) => {
    const refused = await store.commit(changes);
    if (refused.length === 0) for (const change of changes) tellOf(change);
    return refused;
  },
  commitEach: async (changes) => {
    const refused = await store.commitEach(changes);
    for (const [index, change] of changes.entries()) if (!refused.includes(index)) tellOf(change);
    return refused;
  },
});

function tellOf(change: Change): void {
  if (change.change === 'withdrawal') tellOfMove(change.from, change.to);
  else if (change.change === 'transaction') tellOfTransaction(change.to);
}

/** Tells of each line that the timeline has gained. A write that only notes when to look again has none. */
export function tellOfMove(from: Withdrawal | null, to: Withdrawal): void {
  const before = new Set(from?.history);
  for (const line of to.history) if (!before.has(line)) tell({ is: 'moved', from, to, line });
}

export function tellOfTransaction(transaction: WalletTransaction): void {
  const { id, walletId, status } = transaction;
  const code = transaction.status === 'FAILED' ? { code: transaction.failure.code } : {};
  tell({ is: 'transaction', id, walletId, status, ...code });
}
