/**
 * What the core asks of the world. Every promise that a step relies on is written here; no word of AWS, of a provider
 * or of a chain's JSON-RPC is.
 */
import type { Counter } from './allowance.ts';
import type { Breaker } from './breaker.ts';
import type { JournalPurpose } from './brokerage.ts';
import type {
  DeliveryLane,
  EndpointId,
  Instant,
  OperationId,
  TransactionId,
  WalletId,
  WithdrawalId,
} from './ids.ts';
import type { JournalEffect } from './journal.ts';
import type { Balance, Block } from './ledger.ts';
import type { Step } from './limits.ts';
import type { Minor } from './money.ts';
import type { OnRampEffect } from './on-ramp-effect.ts';
import type { PayIn, Quote, Transfer, VirtualAccount } from './on-ramp-transfer.ts';
import type { PayoutAttempt } from './payout.ts';
import type { Wallet, WalletTransaction } from './wallet.ts';
import type { Delivery, WebhookEndpoint } from './webhook.ts';
import type { WireEffect } from './wire-effect.ts';
import type { Address, Hex, Network, Withdrawal } from './withdrawal.ts';

export type Clock = {
  now(): Instant;
  /** Resolves at or after `instant`. */
  until(instant: Instant): Promise<void>;
};

/** A number in [0, 1). */
export type Dice = { roll(): number };

/** How long the running invocation may still work. */
export type Budget = { remainingMs(): number };

/** One thing that becomes true. A list of them becomes true together or not at all. */
export type Change =
  /** Refused when the item is not at the version before `to`'s. */
  | { change: 'withdrawal'; from: Withdrawal; to: Withdrawal }
  | { change: 'transaction'; from: WalletTransaction; to: WalletTransaction }
  /** Refused when the wallet has a newer block. */
  | { change: 'balance'; to: Balance }
  /** Refused when the wallet is not ACTIVE; writes nothing. */
  | { change: 'wallet-active'; walletId: WalletId }
  /** Refused when the counter would pass `max` (`null`: never). `by` may be negative. */
  | { change: 'counter'; counter: Counter; by: bigint; max: Minor | null }
  /** Refused when the wallet has a newer block; writes nothing. */
  | { change: 'balance-unchanged'; balance: Balance }
  /** Refused when the block exists. */
  | { change: 'block'; block: Block }
  /** Refused when the effect is not at the version before; version 1: when there is one. */
  | { change: 'effect'; to: OnRampEffect }
  /** Refused when the journal's record is not at the version before; version 1: when there is one. */
  | { change: 'journal'; to: JournalEffect }
  /** Refused when the wire's record is not at the version before; version 1: when there is one. */
  | { change: 'wire'; to: WireEffect }
  /** Refused when another withdrawal has claimed this on-ramp transfer. */
  | { change: 'claim'; transferId: string; withdrawalId: WithdrawalId; walletId: WalletId }
  /** Refused when the attempt exists. */
  | { change: 'attempt'; attempt: PayoutAttempt }
  /** Refused when the lane's next nonce is not `from` any more (`null`: when the lane is not new). */
  | { change: 'lane'; lane: GasLane; from: number | null; to: number };

export type GasLane = { network: Network; address: Address };

export type Store = {
  /** Makes all changes or none. Answers which of them were refused (by index); empty: all are made. */
  commit(changes: readonly Change[]): Promise<readonly number[]>;
  /** Current state of those that exist, in no order. */
  withdrawals(ids: readonly WithdrawalId[]): Promise<Withdrawal[]>;
  transactions(ids: readonly TransactionId[]): Promise<WalletTransaction[]>;
  wallet(id: WalletId): Promise<{ wallet: Wallet; balance: Balance } | null>;
  /** The oldest operations that wait for 2-debit, in order of acceptance. May be a moment behind, and name some that no longer wait. */
  inbox(walletId: WalletId, limit: number): Promise<{ id: OperationId; acceptedAt: Instant }[]>;
  effects(ids: readonly WithdrawalId[]): Promise<OnRampEffect[]>;
  journals(ids: readonly WithdrawalId[], purpose: JournalPurpose): Promise<JournalEffect[]>;
  attempt(id: WithdrawalId, number: number): Promise<PayoutAttempt | null>;
  laneNonce(lane: GasLane): Promise<number | null>;
  /** What the counter says: 0 when nothing was counted. */
  counted(counter: Counter): Promise<bigint>;
};

/** The three outcomes of a call that moves money (reliability.md §4.0.1). UNKNOWN is everything that is not certain. */
export type Outcome<T> =
  | { outcome: 'APPLIED'; value: T }
  | { outcome: 'NOT_APPLIED'; code: string }
  | { outcome: 'UNKNOWN'; why: string };

/** Turned away for now, because too much was asked. This request was not taken; it says nothing about earlier ones. */
export type NotNow = { outcome: 'NOT_NOW'; until: Instant; why: string };
/** Kept back by our own circuit breaker: not a byte of it has left. */
export type NotSent = { outcome: 'NOT_SENT'; until: Instant; why: string };
export type Attempted<T> = Outcome<T> | NotNow | NotSent;

/** The answer to a question that moves nothing. `until`: before that nobody needs to ask again. */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; refused: boolean; why: string }
  | { ok: false; refused: false; why: string; until: Instant };

export type OnRamp = {
  /** The on-ramp's id of our treasury on this network, linked there when it is not yet. */
  recipient(network: Network): Promise<Answer<string>>;
  /** What `amount` (USD cents) buys when it is paid in this way. Moves nothing. */
  quote(network: Network, amount: Minor, payIn: PayIn): Promise<Answer<Quote>>;
  /** Turns a quote into a transfer. One attempt; the provider has no idempotency key. */
  transfer(quoteToken: string, recipientId: string): Promise<Attempted<Transfer>>;
  status(transferId: string): Promise<Answer<Transfer>>;
  /** Every transfer created in [from, to], all pages. */
  transfersBetween(from: Instant, to: Instant): Promise<Answer<Transfer[]>>;
};

export type VirtualAccounts = {
  /** Our virtual account of this network: found by its reference, made when there is none. Moves nothing. */
  ensure(network: Network): Promise<Answer<VirtualAccount>>;
};

/** What a node said about bytes that it was handed. `unknown` means exactly that: they may have been taken. */
export type SendReply =
  | 'accepted'
  | 'already-known'
  | 'nonce-used'
  | 'underpriced'
  /** The gas lane has not enough ether for the fee that the bytes offer. */
  | 'unfunded'
  | 'unknown';

export type ChainEvent = {
  kind: 'used' | 'canceled';
  nonce: Hex;
  txHash: Hex;
  blockNumber: number;
  blockHash: Hex;
  /** The treasury's Transfer logs of the same transaction, from the pinned token. */
  transfers: readonly { to: Address; value: bigint; logIndex: number }[];
  logIndex: number;
};

export type Head = { latest: number; latestAt: Instant; final: number };
export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };

/**
 * One chain with its one token and our treasury on it, as 5-confirm reads it. Throws UnavailableError when the node
 * does not answer as it should.
 */
export type ChainView = {
  network: Network;
  chainId: number;
  token: Address;
  treasury: Address;
  head(): Promise<Head>;
  /** What became of these EIP-3009 nonces of the treasury, in the blocks from..to inclusive. */
  authorizations(nonces: readonly Hex[], from: number, to: number): Promise<ChainEvent[]>;
};

/** The same chain with what 4-broadcast needs besides. Every call reads; only `send` may change anything. */
export type Chain = ChainView & {
  /** How long a payout usually takes to be final: before that nobody needs to ask. */
  finalityMs: number;
  /** Which of these nonces are used or cancelled at the head. */
  spent(nonces: readonly Hex[]): Promise<ReadonlySet<Hex>>;
  treasuryBalance(): Promise<bigint>;
  /** Why a plain transfer from the treasury would revert now; `null` when it would not. */
  refusal(to: Address, value: Minor): Promise<Refusal | null>;
  fees(): Promise<Fees>;
  /** Transactions of this address in the chain (`latest`), and known to the node with its mempool (`pending`). */
  transactionCount(address: Address): Promise<{ latest: number; pending: number }>;
  /** Hands the bytes to a node once, without any retry of its own. */
  send(raw: Hex): Promise<SendReply>;
};

/** `passing` is what lies with us or the token's issuer (paused, treasury short) and not with this payout. */
export type Refusal = { passing: boolean; message: string };

export type Authorization = { to: Address; value: Minor; validBefore: number; nonce: Hex };
export type Carrier = { from: Address; nonce: number; fees: Fees };

/** The keys. Only 4-broadcast has them. */
export type Signer = {
  lanes(): Promise<readonly Address[]>;
  /** The treasury's EIP-3009 signature. Verified to recover to the treasury before it is returned. */
  authorize(chain: Chain, authorization: Authorization): Promise<Hex>;
  /** A gas lane's transaction that submits a signed authorization. */
  carry(
    chain: Chain,
    carrier: Carrier,
    authorization: Authorization,
    signature: Hex,
  ): Promise<{ raw: Hex; hash: Hex }>;
  /** A gas lane's transaction that does nothing but use up its nonce. */
  fill(chain: Chain, carrier: Carrier): Promise<{ raw: Hex; hash: Hex }>;
};

/** A message that rings a step: ids only, of one group. */
export type Doorbell = {
  step: Step;
  group: string;
  ids: readonly string[];
  /** What makes it ring. The same doorbell for the same cause may ring once; for another cause it rings again. */
  cause: string;
};

export type Doorbells = {
  /** Sends them all. Throws when one could not be sent. */
  ring(doorbells: readonly Doorbell[]): Promise<void>;
};

export type Breakers = {
  /** Those that were ever written. May be a moment old: `save` is conditional. */
  read(names: readonly string[]): Promise<readonly Breaker[]>;
  /** Refused (false) when it is not at the version before. */
  save(to: Breaker): Promise<boolean>;
};

export type WebhookStore = {
  endpointsOf(tenant: string): Promise<WebhookEndpoint[]>;
  endpoint(id: EndpointId): Promise<WebhookEndpoint | null>;
  /** Writes those that do not exist yet; those of a lane in this order, so that whoever sees one sees all before it. */
  createDeliveries(deliveries: readonly Delivery[]): Promise<void>;
  /** All of the lane, in sequence. */
  deliveries(lane: DeliveryLane): Promise<Delivery[]>;
  /** Refused (false) when the delivery is not at the version before. */
  saveDelivery(to: Delivery): Promise<boolean>;
};
