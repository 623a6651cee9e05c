/** What a scenario must say for itself, because rows and counterparties cannot: what clients were told, and what is allowed. */

/** What a client was told was accepted (a 2xx that reached it), and what it had asked for. */
export type Accepted = {
  id: string;
  tenant: string;
  walletId: string;
  /** In the smallest unit of the wallet's currency. */
  amount: bigint;
  /** Of withdrawals only. */
  idempotencyKey?: string;
  network?: string;
  destination?: string;
};

/** What a client ever sent, whether or not it heard the answer: one for each tenant and idempotency key. */
export type Asked = {
  tenant: string;
  idempotencyKey: string;
  network: string;
  destination: string;
  /** What it would be in millionths of the asset, at par. */
  microsAtPar: bigint;
};

/**
 * What a counterparty did to a withdrawal against its own promise, so that the books of all cannot agree. Each excuses the
 * sums that it changes and nothing else, and only while the deed is to be seen in the counterparty's own truth. None of them
 * excuses a second payout, journal, conversion, or a payout of what was refunded.
 *   loss-after-payout    the brokerage undid or corrected the debit journal after the payout was signed: settled or in
 *                        review, with one payout at most, and what the brokerage keeps as the net
 *   debit-undone         the same, and nothing was ever signed: in review, or ended without a payout
 *   return-undone        the brokerage undid or corrected the journal that gave the cash back: refunded, cancelled or in review; never paid
 *   on-ramp-short        less USDC came than the on-ramp said, or it kept some of the dollars: settled or in review, or given back
 */
export type Exception = 'loss-after-payout' | 'debit-undone' | 'return-undone' | 'on-ramp-short';

export type Expectations = {
  accepted: readonly Accepted[];
  /** `null`: the scenario does not keep account of it. */
  asked: readonly Asked[] | null;
  /** Whether this withdrawal may end in REVIEW. */
  mayReview(withdrawalId: string): boolean;
  /** Whether this operation may still wait: its wallet is suspended, or the processor is stopped. */
  mayWait(id: string): boolean;
  exceptions: ReadonlyMap<string, Exception>;
};

export const nothingExpected: Expectations = {
  accepted: [],
  asked: null,
  mayReview: () => false,
  mayWait: () => false,
  exceptions: new Map(),
};

/** What is true of a world from its first moment. */
export type Setup = {
  /** By network. */
  chainIds: Readonly<Record<string, number>>;
  /** Daily limits by currency, in its smallest unit; absent: none. */
  perWalletAndDay?: Readonly<Record<string, bigint>>;
  perTenantAndDay?: Readonly<Record<string, bigint>>;
  /** Texts that stand in a tenant's own data only. */
  canaries?: Readonly<Record<string, readonly string[]>>;
  /** Hosts that the address rules of webhooks do not apply to (`WEBHOOK_ALLOWED_HOSTS`). */
  allowedHosts?: readonly string[];
  /** How far the functions' clocks may be off. */
  clockSkewMs?: number;
};
