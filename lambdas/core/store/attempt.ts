/** Payout attempts as they are saved: what those of all rails have in common, and what only their own rail reads. */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

/** A value that a rail keeps of its own: text, a whole number, bytes, or an object of these. */
export type Saved =
  | string
  | bigint
  | Uint8Array
  | readonly Saved[]
  | { readonly [name: string]: Saved };

/** It is saved before any of it is submitted, and never changed: other bytes are another attempt. */
export type PayoutAttempt = {
  withdrawalId: WithdrawalId;
  /** 1 is the first. All attempts of a withdrawal need the same exclusive resource, so at most one of them pays. */
  number: number;
  createdAt: Instant;
  /** It pays nothing: it uses the resource up, so that no other attempt can pay any more. */
  ends?: true;
  /** The signed bytes, and what its rail needs to submit, follow and replace them. */
  details: { readonly [name: string]: Saved };
};
