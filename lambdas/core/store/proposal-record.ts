/** The record of what an operator proposes to do about a withdrawal, and of who confirmed it. */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

/**
 *   resume         its step asks again what became of it
 *   refund         its money is given back on the word of two people
 *   cancel-payout  its signed payout is cancelled on the chain, and then its money given back
 */
export const resolutions = ['resume', 'refund', 'cancel-payout'] as const;
export type Resolution = (typeof resolutions)[number];

/** What one person has said. `callerId` is the id of the key, or that of the token, that said it. */
export type Said = { by: string; callerId: string; reason: string; at: Instant };

/** There is one of each kind of resolution for a withdrawal: a later one takes the place of one that is over. */
export type ProposalRecord = {
  kind: 'proposal';
  withdrawalId: WithdrawalId;
  resolution: Resolution;
  /** Counts the writes of this record; each is conditional on the version before. */
  version: number;
  proposed: Said;
  /** From then on it is void. */
  expiresAt: Instant;
  /** The withdrawal as it was proposed on: the version of its item, and how many changes of stage it had. */
  on: { version: number; moves: number };
  state: 'open' | 'confirmed' | 'void';
  confirmed: Said | null;
};
