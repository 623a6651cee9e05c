/** What the API asks of the store: to accept a request at most once, and to show what there is. */
import type { TransactionId, WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Balance, LedgerEntry } from '../ledger/ledger.ts';
import type { Wallet, WalletTransaction } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Source } from './page.ts';

export type Requests = {
  withdrawalAndWallet(
    id: WithdrawalId,
    walletId: WalletId,
  ): Promise<{ existing: Withdrawal | null; wallet: Wallet | null }>;
  transactionAndWallet(
    id: TransactionId,
    walletId: WalletId,
  ): Promise<{ existing: WalletTransaction | null; wallet: Wallet | null }>;
  /**
   * Creates it together with the changes, all or nothing. Answers the one that exists already, or which of the changes
   * were refused (by index); `null`: created.
   */
  createWithdrawal(
    withdrawal: In<'requested'>,
    together: readonly Change[],
  ): Promise<{ existing: Withdrawal } | { refused: readonly number[] } | null>;
  createTransaction(transaction: WalletTransaction): Promise<WalletTransaction | null>;
  createWallet(wallet: Wallet): Promise<void>;
  withdrawal(id: WithdrawalId): Promise<Withdrawal | null>;
  transaction(id: TransactionId): Promise<WalletTransaction | null>;
  balances(ids: readonly WalletId[]): Promise<ReadonlyMap<WalletId, Balance>>;
  wallet(id: WalletId): Promise<{ wallet: Wallet; balance: Balance } | null>;
  /** Makes the wallet so; `false` when it is no more as it was read. */
  updateWallet(from: Wallet, to: Wallet): Promise<boolean>;
};

/** The lists of the API. An item that was created a moment ago may not be in them yet. */
export type Lists = {
  walletsOf(tenant: string): Source<Wallet>;
  transactionsOf(walletId: WalletId): Source<WalletTransaction>;
  withdrawalsOf(
    of: { walletId: WalletId } | { tenant: string; reference: string } | { tenant: string },
  ): Source<Withdrawal>;
  /** The wallet's ledger, newest or oldest first. Always complete. */
  entriesOf(walletId: WalletId, order: 'newest' | 'oldest'): Source<LedgerEntry>;
};
