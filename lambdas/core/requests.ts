/** What the API asks of the store: to accept a request at most once, and to show what there is. */
import type { TransactionId, WalletId, WithdrawalId } from './ids.ts';
import type { Balance } from './ledger.ts';
import type { Wallet, WalletTransaction } from './wallet.ts';
import type { In, Withdrawal } from './withdrawal.ts';

export type Requests = {
  withdrawalAndWallet(
    id: WithdrawalId,
    walletId: WalletId,
  ): Promise<{ existing: Withdrawal | null; wallet: Wallet | null }>;
  transactionAndWallet(
    id: TransactionId,
    walletId: WalletId,
  ): Promise<{ existing: WalletTransaction | null; wallet: Wallet | null }>;
  /** Creates it, or answers the one that exists already. */
  createWithdrawal(withdrawal: In<'requested'>): Promise<Withdrawal | null>;
  createTransaction(transaction: WalletTransaction): Promise<WalletTransaction | null>;
  createWallet(wallet: Wallet): Promise<void>;
  withdrawal(id: WithdrawalId): Promise<Withdrawal | null>;
  wallet(id: WalletId): Promise<{ wallet: Wallet; balance: Balance } | null>;
};
