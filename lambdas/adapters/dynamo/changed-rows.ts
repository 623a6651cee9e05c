/** Reads rows of withdrawals, credits and debits for retell. What cannot be read is said, and stops nobody. */
import { errorName } from '../../core/kernel/errors.ts';
import { isTransactionId, isWithdrawalId } from '../../core/kernel/ids.ts';
import type { WalletTransaction } from '../../core/ledger/wallet.ts';
import type { Changes } from '../../core/outbox/retell.ts';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import { idIn } from './fields.ts';
import { keyOf, type Row } from './keys.ts';
import { transactionFrom } from './wallet-rows.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

export const keysOf = (ids: readonly string[]) =>
  ids.flatMap((id) => {
    if (isWithdrawalId(id)) return [keyOf.withdrawal(id)];
    return isTransactionId(id) ? [keyOf.transaction(id)] : [];
  });

export const isTransactionRow = ({ pk }: Row): boolean => String(pk).startsWith('TXN#');

export function changesIn(rows: readonly Row[]): Changes {
  const withdrawals: Withdrawal[] = [];
  const transactions: WalletTransaction[] = [];
  const unreadable: { id: string; said: string }[] = [];
  for (const row of rows)
    try {
      if (isTransactionRow(row)) transactions.push(transactionFrom(row));
      else withdrawals.push(withdrawalFrom(row));
    } catch (error) {
      const pk = String(row['pk']);
      unreadable.push({ id: idIn(pk), said: `${pk}: ${errorName(error)}` });
    }
  return { withdrawals, transactions, unreadable };
}
