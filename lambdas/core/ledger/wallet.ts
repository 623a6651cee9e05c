/** A wallet as its owner describes it, and the credits and debits on it. Its balance is in core/ledger/ledger.ts. */
import type { TransactionId, WalletId } from '../kernel/ids.ts';
import type { Currency, Minor } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';

/** Where a wallet's money is: in this ledger, or in a brokerage account of the tenant's customer. */
export type Funding = { type: 'ledger' } | { type: 'alpaca'; accountId: string };
export type BrokerageWallet = Wallet & { funding: { type: 'alpaca' } };
export const isAtBrokerage = (wallet: Wallet): wallet is BrokerageWallet =>
  wallet.funding.type === 'alpaca';

export type Wallet = {
  id: WalletId;
  tenant: string;
  currency: Currency;
  status: 'ACTIVE' | 'SUSPENDED';
  funding: Funding;
  /** The parts of its inbox, so that one busy wallet is not one hot partition. They only grow, and readers read all of them. */
  inboxShards: number;
  /** The parts of the list of its withdrawals, likewise (docs/decisions/0069-a-wallets-list-in-parts.md). */
  listShards: number;
  /** Its writer looks into the list of its withdrawals, so these need no entry in the inbox (docs/decisions/0065-the-list-is-the-inbox.md). */
  listed?: true;
  reference: string | null;
  metadata: Record<string, string>;
  createdAt: Instant;
  updatedAt: Instant;
};

type TransactionRequest = {
  id: TransactionId;
  tenant: string;
  walletId: WalletId;
  type: 'CREDIT' | 'DEBIT';
  amount: Minor;
  currency: Currency;
  reference: string | null;
  metadata: Record<string, string>;
  requestHash: string;
  /** The id of the API key that asked for it, or whom the token named; `null` for those from before this was kept. */
  requestedBy: string | null;
  createdAt: Instant;
  version: number;
};

export type TransactionFailure = {
  code: 'INSUFFICIENT_FUNDS' | 'BALANCE_LIMIT';
  message: string;
  retryable: boolean;
};

export type WalletTransaction =
  | (TransactionRequest & { status: 'PENDING' })
  | (TransactionRequest & { status: 'PROCESSED'; processedAt: Instant })
  | (TransactionRequest & { status: 'FAILED'; processedAt: Instant; failure: TransactionFailure });
