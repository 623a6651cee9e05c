/** The ports of the API to the database: to accept a request at most once, and to show what there is. */
import type { TransactionId, WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Balance, LedgerEntry } from '../ledger/ledger.ts';
import type { Wallet, WalletTransaction } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import type { In, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Source } from './page.ts';

/**
 * In how many parts are what a new withdrawal gets an entry in: its wallet's inbox, or `null` where it waits in the list alone; and the list
 * of its wallet's withdrawals.
 */
export type Shards = { inbox: number | null; list: number };

/** All reads are consistent: what was accepted is found at once. */
export type Requests = {
  withdrawalAndWallet(
    id: WithdrawalId,
    walletId: WalletId,
  ): Promise<{ existing: Withdrawal | null; wallet: Wallet | null }>;
  /** The same for many at once, in their order. */
  withdrawalsAndWallets(
    asked: readonly { id: WithdrawalId; walletId: WalletId }[],
  ): Promise<{ existing: Withdrawal | null; wallet: Wallet | null }[]>;
  transactionAndWallet(
    id: TransactionId,
    walletId: WalletId,
  ): Promise<{ existing: WalletTransaction | null; wallet: Wallet | null }>;
  /**
   * Creates it with the changes, or nothing; `null`: created. Else what exists already, or the refused changes' indexes. By default
   * its wallet's inbox and list have one part each.
   */
  createWithdrawal(
    withdrawal: In<'requested'>,
    together: readonly Change[],
    shards?: Shards,
  ): Promise<{ existing: Withdrawal } | { refused: readonly number[] } | null>;
  /** Creates it likewise; `null`: created. Otherwise answers the one that exists already. */
  createTransaction(
    transaction: WalletTransaction,
    shards?: number,
  ): Promise<WalletTransaction | null>;
  createWallet(wallet: Wallet): Promise<void>;
  withdrawal(id: WithdrawalId): Promise<Withdrawal | null>;
  transaction(id: TransactionId): Promise<WalletTransaction | null>;
  balances(ids: readonly WalletId[]): Promise<ReadonlyMap<WalletId, Balance>>;
  wallet(id: WalletId): Promise<{ wallet: Wallet; balance: Balance } | null>;
  /** Writes `to`; answers `false`, and writes nothing, when the wallet is not as `from` any more. */
  updateWallet(from: Wallet, to: Wallet): Promise<boolean>;
};

/** When the items of a list were created: at `from` or later, and before `before`. `null`: whenever. */
export type Created = { from: Instant | null; before: Instant | null };

/** The lists of the API. An item that was created a moment ago may be missing from them. */
export type Lists = {
  walletsOf(tenant: string): Source<Wallet>;
  transactionsOf(walletId: WalletId): Source<WalletTransaction>;
  withdrawalsOf(
    of:
      | { wallet: Pick<Wallet, 'id' | 'listShards'> }
      | { tenant: string; reference: string }
      | { tenant: string },
    created?: Created,
  ): Source<Withdrawal>;
  /**
   * The withdrawals of all tenants that have not ended, or all of one tenant, oldest first. One that has ended a moment ago may
   * be among them.
   */
  oldestWithdrawals(
    of: 'open' | { tenant: string },
    createdBefore: Instant | null,
  ): Source<Withdrawal>;
  /** The wallet's ledger, newest or oldest first. Always complete. */
  entriesOf(walletId: WalletId, order: 'newest' | 'oldest'): Source<LedgerEntry>;
};
