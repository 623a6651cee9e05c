/** What the Bitcoin rail asks of a node and of the treasury's key: no word of JSON-RPC is here. */
import type { Network } from '../../kernel/networks.ts';
import type { Instant } from '../../kernel/time.ts';
import type { Net } from './nets.ts';
import type { Outpoint } from './wire.ts';

/** What a node said about bytes that it was handed. `unknown` means exactly that: they may have been taken. */
export type NodeReply =
  | 'accepted'
  /** These very bytes are in a block. */
  | 'in-chain'
  /**
   * One of the inputs is not to be had: another transaction in a block has spent it, these bytes are in a block already, or what
   * made it was undone by a reorganisation. The node does not say which.
   */
  | 'inputs-gone'
  /** Another transaction in the node's pool spends an input, and does not let itself be replaced. */
  | 'conflict'
  /** Another one pays more, or the node's pool takes no fee that is so low. */
  | 'underpriced'
  /** The node takes no fee that is so high. */
  | 'too-dear'
  /** It stands behind too many others that are in no block. */
  | 'chain-too-long'
  /** By the rules of the network, or of this node, these bytes are never taken. */
  | 'refused'
  | 'unknown';
/** The reply of a node, or of our own circuit breaker, which has kept the bytes back: not one of them has left. */
export type SendReply = NodeReply | { keptBackUntil: Instant };

/** An output of the treasury that may be spent. */
export type Coin = { outpoint: Outpoint; amount: bigint };
/** An output that is unspent; `confirmations` 0: it is in no block. */
export type Unspent = {
  amount: bigint;
  script: Uint8Array;
  confirmations: number;
  /** It was mined, and is spent only when it is buried deep. */
  isMined: boolean;
};
/** Where a transaction stands in the chain, with its block counted as the first confirmation. */
export type Mined = {
  txId: string;
  height: number;
  block: string;
  index: number;
  confirmations: number;
};

/** In satoshi for 1,000 virtual bytes. `least`: what a node takes at all; `step`: what it wants more for a replacement. */
export type FeeRates = { rate: bigint; least: bigint; step: bigint; cap: bigint };
/** What a node's pool has that spends one of our inputs. */
export type Rival = { txId: string; fee: bigint; bytes: number };

/** One chain and the treasury on it, as 5-confirm reads it. Throws UnavailableError when the node does not answer as it should. */
export type ChainView = {
  network: Network;
  net: Net;
  treasury: string;
  /** A transaction that is buried so deep is final. */
  finalityBlocks: number;
  head(): Promise<{ height: number; block: string }>;
  /** Those that are unspent in the chain, with the node's pool or without it; the others are missing. */
  unspent(
    outpoints: readonly Outpoint[],
    pool: 'with-pool' | 'without-pool',
  ): Promise<ReadonlyMap<Outpoint, Unspent>>;
  /** Where this transaction stands in the block of that height; `null`: it is not in it. */
  minedAt(txId: string, height: number): Promise<Mined | null>;
  /**
   * Who spends one of these in the newest blocks down to that height; `null`: nobody. As far as there is time in one visit: it throws
   * UnavailableError when that was not enough, and goes on where it was at the next one.
   */
  spenderOf(outpoints: readonly Outpoint[], down: number): Promise<Mined | null>;
};

/** The same chain with what 4-broadcast needs besides. Every call reads; only `send` may change anything. */
export type Chain = ChainView & {
  /** How long a payout usually takes to be final: before that nobody needs to ask. */
  finalityMs: number;
  /** The treasury's outputs that are final. */
  coins(): Promise<readonly Coin[]>;
  fees(): Promise<FeeRates>;
  /** What its pool has that spends one of these; `null`: nothing, or the node does not say. */
  rivalOf(outpoints: readonly Outpoint[]): Promise<Rival | null>;
  /** Hands the bytes to the node. They are the same bytes however often it does so. */
  send(raw: Uint8Array, txId: string): Promise<SendReply>;
};

/** What is to be signed. All that is not paid, and not the fee, comes back to the treasury. */
export type Spending = {
  inputs: readonly Coin[];
  payment: { to: string; value: bigint } | null;
  change: readonly bigint[];
  fee: bigint;
};
/** What is signed by the treasury whose it was before: its address, and the bytes whose place is taken. */
export type Before = { payer: string; raw: Uint8Array };
/** The treasury's key, and those of treasuries before it. Only 4-broadcast has them. */
export type Signer = {
  treasury(): Promise<string>;
  /** Whether the payer's key is here. */
  signs(payer: string): boolean;
  /**
   * Throws when it is not one payment at most, with the rest for the payer and a fee within what is allowed. The key of a former
   * treasury signs only what takes the place of `before`, over the same inputs: nobody new is paid by it.
   */
  sign(spending: Spending, before?: Before): Promise<{ raw: Uint8Array; txId: string }>;
};
