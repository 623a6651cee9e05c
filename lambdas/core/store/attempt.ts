/**
 * A payout on an EVM chain. The token itself lets each nonce of the treasury be used once (EIP-3009), and the nonce
 * is a function of the withdrawal: whatever is signed or sent, by whom and how often, at most one payment comes of it.
 */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { Address, Hex } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';

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

export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };

export type Authorization = { to: Address; value: Minor; validBefore: number; nonce: Hex };
export type Carrier = { from: Address; nonce: number; fees: Fees };
