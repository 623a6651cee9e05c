/**
 * A payout on an EVM chain. The token itself lets each nonce of the treasury be used once (EIP-3009), and the nonce
 * is a function of the withdrawal: whatever is signed or sent, by whom and how often, at most one payment comes of it.
 */
import { encodeAbiParameters, keccak256 } from 'viem';
import type { Instant, WithdrawalId } from './ids.ts';
import type { Authorization, Carrier } from './ports.ts';
import type { Address, Hex } from './withdrawal.ts';

/** Saved before anything is sent, and never changed: a new carrier or a later expiry is a new attempt. */
export type PayoutAttempt = {
  withdrawalId: WithdrawalId;
  /** 1 is the first. All attempts of a withdrawal share one nonce, so they exclude each other. */
  number: number;
  chainId: number;
  token: Address;
  authorization: Authorization;
  signature: Hex;
  carrier: Carrier;
  /** The carrier's signed bytes and their hash. */
  raw: Hex;
  hash: Hex;
  createdAt: Instant;
};

/** The one EIP-3009 nonce of this withdrawal on this chain. */
export const payoutNonce = (chainId: number, token: Address, id: WithdrawalId): Hex =>
  keccak256(
    encodeAbiParameters(
      [{ type: 'uint256' }, { type: 'address' }, { type: 'string' }],
      [BigInt(chainId), token, id],
    ),
  );
