/** What the ether rail asks of a chain and of the treasury's key: no word of JSON-RPC is here. */
import type { EvmNetwork } from '../../kernel/networks.ts';
import type { Refusal } from '../../payout/rail.ts';
import type { Carrier } from '../evm/authorization.ts';
import type { Chain, Head } from '../evm/chain.ts';
import type { Address, Hex } from '../evm/hex.ts';

/** A transaction in the chain. `index` is its own among those of its block. */
export type Mined = { hash: Hex; height: number; block: Hex; index: number };
export type Receipt = Mined & { succeeded: boolean };

/** One chain as 5-confirm reads it. Throws UnavailableError when the node does not answer as it should. */
export type EtherView = {
  network: EvmNetwork;
  chainId: number;
  treasury: Address;
  head(): Promise<Head>;
  /** How many nonces of this address the chain has used up to this block. */
  countAt(address: Address, height: number): Promise<number>;
  /** Where this transaction stands in the chain that the node has now; `null`: nowhere. */
  receipt(hash: Hex): Promise<Receipt | null>;
  /** The transaction that used this nonce, which is known to be used in the blocks [from, to]; `null`: it is not to be found there. */
  spender(address: Address, nonce: number, from: number, to: number): Promise<Mined | null>;
};

/** The same chain with what 4-broadcast needs besides. Every call reads; only `send` may change anything. */
export type EtherChain = EtherView &
  Pick<Chain, 'finalityMs' | 'finalBalance' | 'fees' | 'transactionCount' | 'send'> & {
    /** The name under which promises of the coin are kept, where a token has its address. */
    token: 'ETH';
    /** Why this transfer of the payer would not come about now; `null`: it would. */
    refusal(payer: Address, to: Address, value: bigint): Promise<Refusal | null>;
    /** The gas limit for this transfer; `null`: it needs more than is paid for. */
    gasFor(from: Address, to: Address, value: bigint): Promise<bigint | null>;
  };

/** A transfer of ether. One to the payer itself, of nothing, only uses its nonce up. */
export type Transfer = { to: Address; value: bigint };
export type EtherCarrier = Carrier & { gas: bigint };

/** The treasury's key. Only 4-broadcast has it. */
export type EtherSigner = {
  /** Whether the payer's key is here, and may sign this: a former treasury only uses its nonces up. */
  signs(payer: Address, transfer: Transfer): boolean;
  /** Throws where `signs` says no. */
  sign(
    chain: Pick<EtherView, 'chainId'>,
    carrier: EtherCarrier,
    transfer: Transfer,
  ): Promise<{ raw: Hex; hash: Hex }>;
};
