/** What the Solana rail asks of a chain and of the key: no word of JSON-RPC is here. */
import type { Minor } from '../../kernel/money.ts';
import type { Instant } from '../../kernel/time.ts';
import type { Refusal } from '../../payout/rail.ts';
import type { Asked } from './instructions.ts';

/** How sure the chain is of what it answers: what most of the stake has voted for, or what is never undone. */
export type Commitment = 'confirmed' | 'finalized';

/** A nonce account as it was at a slot. Whatever is none of ours, or is not there, has no value that a transaction could use. */
export type NonceState = { is: 'set'; nonce: string; authority: string } | { is: 'none' };

/** What became of a transaction. `final`: it can no longer be undone. `failed`: it has paid its fee and advanced its nonce, and no more. */
export type Fate =
  | { is: 'absent' }
  | { is: 'landed'; slot: number; failed: boolean; final: boolean };

/** Fates as one node tells them. It knows every transaction from `since` on, up to its slot `at`. */
export type Fates = { at: number; since: number; of: ReadonlyMap<string, Fate> };

/** What a node said about bytes that it was handed. `unknown` means exactly that: they may have been taken. */
export type NodeReply =
  | 'accepted'
  | 'already-known'
  /** The nonce account has another value at this node, which may as well be behind. */
  | 'nonce-used'
  /** The treasury has not the lamports for the fee. */
  | 'unfunded'
  /** It would be carried out as an error, and the node did not pass it on. */
  | 'would-fail'
  | 'unknown';
/** The reply of a node, or of our own circuit breaker, which has kept the bytes back: not one of them has left. */
export type SendReply = NodeReply | { keptBackUntil: Instant };

/** The chain as 5-confirm reads it. Throws UnavailableError when the node does not answer as it should. */
export type SolanaView = {
  /** The hash of the first block: which chain it is. */
  genesis: string;
  /** Nonce accounts at one slot, `at`. */
  nonces(
    accounts: readonly string[],
    commitment: Commitment,
  ): Promise<{ at: number; of: ReadonlyMap<string, NonceState> }>;
  /** What became of these transactions, however long ago; asked of one node. */
  fates(signatures: readonly string[]): Promise<Fates>;
  /** The newest slot that the node has seen. */
  latest(): Promise<number>;
  /** The hash of the block at this slot, which is final. */
  blockAt(slot: number): Promise<string>;
};

/** The same chain with what 4-broadcast needs besides. Every call reads; only `send` may change anything. */
export type SolanaChain = SolanaView & {
  finalityMs: number;
  /** The mint of USDC, which was checked. */
  mint: string;
  treasury: string;
  /** The treasury's nonce accounts and their final values; `at`: the slot of that. */
  slots(): Promise<{ at: number; slots: readonly { nonceAccount: string; nonce: string }[] }>;
  /** What the treasury finally has: of the token; in lamports, less what it must keep to exist. */
  finalTokens(): Promise<{ balance: bigint; height: number }>;
  finalLamports(): Promise<{ balance: bigint; height: number }>;
  /** What an account for the token costs, in lamports. */
  tokenAccountRent(): Promise<bigint>;
  /** Why a transfer of this payer would not come about now; `null` when it would. `mint`: of the token; `null`: of SOL. */
  refusal(payer: string, to: string, value: Minor, mint: string | null): Promise<Refusal | null>;
  /**
   * Whether a transaction of the destination that was carried out has these words in its memo: one that is no older than `namedBeforeMs`
   * before `since`, or one of the newest `namedNewestMin`. Throws UnavailableError where not all of those could be read.
   */
  isNamed(to: string, mint: string | null, words: string, since: Instant): Promise<boolean>;
  /** What is paid for a compute unit now, in millionths of a lamport, by those who pay with the treasury's accounts. */
  price(): Promise<bigint>;
  /** The most that is offered for the place in a block of one transaction, in lamports. */
  priorityFeeMax: bigint;
  send(raw: Uint8Array): Promise<SendReply>;
};

/** The treasury's key, and those of treasuries before it. Only 4-broadcast has them. */
export type SolanaSigner = {
  address: string;
  /** Whether the payer's key is here. */
  signs(payer: string): boolean;
  /**
   * The signed bytes, and by which signature they are called. Nothing is signed but what `Asked` can say. `before` are the bytes
   * whose place these take: the key of a former treasury signs nothing else, and nobody new is paid by it.
   */
  sign(asked: Asked, before?: Uint8Array): Promise<{ raw: Uint8Array; signature: string }>;
};
