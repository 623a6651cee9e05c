/** What a treasury signs on an EVM chain, and the transaction of a gas lane that brings it there. */
import type { Minor } from '../../kernel/money.ts';
import type { Address, Hex } from './hex.ts';

/** In wei for each unit of gas (EIP-1559). */
export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };
/**
 * What the treasury signs of a nonce (EIP-3009): that it pays, or that it never will. `validBefore` is in seconds of the chain's own
 * time, as the token compares it; a cancellation is valid for ever.
 */
export type Authorization = {
  /** The payer, in small letters. EIP-3009 counts nonces for each payer apart. */
  from: Address;
  to: Address;
  value: Minor;
  validBefore: number;
  nonce: Hex;
  /** It is cancelled (`cancelAuthorization`) and not used (`transferWithAuthorization`). */
  ends?: true;
};
/** An authorization with its payer's signature. */
export type Authorized = { authorization: Authorization; signature: Hex };
/** `gas` is the limit that is signed; it stands in the bytes and nowhere else. */
export type Carrier = { from: Address; nonce: number; fees: Fees; gas?: bigint };

export type EvmAttempt = {
  chainId: number;
  token: Address;
  authorization: Authorization;
  signature: Hex;
  /** The payout contract, where the carrier carries those of others, too (core/rails/evm/batch.ts). */
  contract?: Address;
  carrier: Carrier;
  /** The carrier's signed bytes and their hash. */
  raw: Hex;
  hash: Hex;
};
