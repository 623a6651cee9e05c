/**
 * The record of what we asked the on-ramp to do for a withdrawal. It is written before the call, and its `sends`
 * counter is raised before every call: `sends` 0 or no record is the only statement that means "never sent".
 */
import type { Instant, WithdrawalId } from './ids.ts';
import type { Minor } from './money.ts';

export type OnRampEffect = {
  withdrawalId: WithdrawalId;
  version: number;
  /** Counts the quotes: a new one is taken only when the one before can no longer become a transfer. */
  quoteNumber: number;
  quoteToken: string;
  quoteExpiresAt: Instant;
  recipientId: string;
  source: Minor;
  payout: Minor;
  fee: Minor;
  sends: number;
  firstSentAt: Instant;
  lastSentAt: Instant;
  /** Why the provider refused the only send of this quote; the next attempt needs a new quote. */
  refusedCode: string | null;
  /** The provider's id, once it is known and claimed for this withdrawal. */
  transferId: string | null;
};
