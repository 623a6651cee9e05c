/** What the EVM rail asks of a chain and of the keys: no word of JSON-RPC is here. */
import type { Minor } from '../../kernel/money.ts';
import type { EvmNetwork } from '../../kernel/networks.ts';
import type { Instant } from '../../kernel/time.ts';
import type { Refusal } from '../../payout/rail.ts';
import type { Authorization, Authorized, Carrier, Fees } from './attempt.ts';
import type { Address, Hex } from './hex.ts';

/** What a node said about bytes that it was handed. `unknown` means exactly that: they may have been taken. */
export type NodeReply =
  | 'accepted'
  | 'already-known'
  | 'nonce-used'
  /** An earlier nonce of the lane is missing: strict nodes (Arbitrum's sequencer) keep nothing for later. */
  | 'nonce-gap'
  | 'underpriced'
  /** The node takes no fee that is so high (geth's `--rpc.txfeecap`). */
  | 'too-dear'
  | 'gas-too-low'
  /** The gas lane has not enough ether for the fee that the bytes offer. */
  | 'unfunded'
  | 'unknown';
/** The reply of a node, or of our own circuit breaker, which has kept the bytes back: not one of them has left. */
export type SendReply = NodeReply | { keptBackUntil: Instant };

/** What is offered for gas now, and the most that may be: above `cap` a payout waits. */
export type GasPrice = Fees & { cap: bigint };

export type ChainEvent = {
  kind: 'used' | 'canceled';
  nonce: Hex;
  txHash: Hex;
  blockNumber: number;
  blockHash: Hex;
  /** The transfer of the pinned token that the use of this nonce allowed, and no other one; `null`: there is none. */
  transfer: { to: Address; value: bigint; logIndex: number } | null;
  logIndex: number;
};

/**
 * The contract that hands many authorizations to the token (contracts/Payouts.sol), as far as a node shows it. Whatever is not the
 * very code that we know is not used: payouts then go one by one.
 */
export type PayoutContract =
  | { is: 'ready'; address: Address }
  | { is: 'not-set' }
  | { is: 'absent'; address: Address }
  | { is: 'other-code'; address: Address };

export type Head = { latest: number; latestAt: Instant; final: number };

/**
 * One chain with its one token, and the treasury that signs on it now, as 5-confirm reads it. Throws UnavailableError when the node
 * does not answer as it should.
 */
export type ChainView = {
  network: EvmNetwork;
  chainId: number;
  token: Address;
  treasury: Address;
  head(): Promise<Head>;
  /** Whether this nonce of the payer was surely used or cancelled at a final block. */
  isSpentAt(payer: Address, nonce: Hex, height: number): Promise<boolean>;
  /**
   * What became of these EIP-3009 nonces of the payer by the block `to`. `from` is where to look first: whatever is used up and
   * not to be found from there on is looked for in older blocks, too, as far as there is time in one visit.
   */
  authorizations(
    payer: Address,
    nonces: readonly Hex[],
    from: number,
    to: number,
  ): Promise<ChainEvent[]>;
};

/** The same chain with what 4-broadcast needs besides. Every call reads; only `send` may change anything. */
export type Chain = ChainView & {
  /** How long a payout usually takes to be final: before that nobody needs to ask. */
  finalityMs: number;
  /** Whether these nonces of the payer are used or cancelled at the head. What the node does not say of one of them is left out. */
  spent(payer: Address, nonces: readonly Hex[]): Promise<ReadonlyMap<Hex, boolean>>;
  /** Whether one final block shows that nothing can come of the authorization: its time is past there, and its nonce unused. */
  isDead(authorization: Authorization): Promise<boolean>;
  /** What the payer had of the token at a final block, and that block's height. */
  finalBalance(payer: Address): Promise<{ balance: bigint; height: number }>;
  /** Why a plain transfer of the payer would revert now; `null` when it would not. */
  refusal(payer: Address, to: Address, value: Minor): Promise<Refusal | null>;
  /** Whether the token would take this signed cancellation now. */
  takes(from: Address, payout: { authorization: Authorization; signature: Hex }): Promise<boolean>;
  fees(): Promise<GasPrice>;
  /** Whether payouts may be carried together here. */
  payoutContract(): Promise<PayoutContract>;
  /** Transactions of this address in the chain. */
  transactionCount(address: Address): Promise<number>;
  /** The same with the node's mempool; `null` where the node does not say: many have none, or hide it. */
  pendingCount(address: Address): Promise<number | null>;
  /** The ether of a gas lane in wei; `null` where the node does not say. */
  etherOf(address: Address): Promise<bigint | null>;
  /** The gas limit for a lane's transaction with this authorization, or for one that does nothing; `null`: more than is paid. */
  gasFor(
    from: Address,
    payout: { authorization: Authorization; signature: Hex } | null,
  ): Promise<bigint | null>;
  /** Hands the bytes to a node, bytes with lower nonces first. They are the same bytes however often it does so. */
  send(raw: Hex, nonce?: number): Promise<SendReply>;
};

/** The keys. Only 4-broadcast has them. */
export type Signer = {
  lanes(): Promise<readonly Address[]>;
  /** Whether the payer's key is here, and may sign this: a former treasury only cancels. */
  signs(authorization: Authorization): boolean;
  /** The payer's EIP-3009 signature. Verified to recover to the payer before it is returned. Throws where `signs` says no. */
  authorize(chain: Chain, authorization: Authorization): Promise<Hex>;
  /** A gas lane's transaction that submits a signed authorization. */
  carry(
    chain: Chain,
    carrier: Carrier,
    authorization: Authorization,
    signature: Hex,
  ): Promise<{ raw: Hex; hash: Hex }>;
  /** A gas lane's transaction that submits those of one payer together, through the payout contract. */
  carryAll(
    chain: Chain,
    carrier: Carrier,
    contract: Address,
    members: readonly Authorized[],
  ): Promise<{ raw: Hex; hash: Hex }>;
  /** A gas lane's transaction that does nothing but use up its nonce. */
  fill(chain: Chain, carrier: Carrier): Promise<{ raw: Hex; hash: Hex }>;
};
