/** The saved record of a conversion: what a withdrawal asks of the on-ramp. */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { Address } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { SendRecord } from './send-record.ts';

/** A `refusedCode` in this record is certain: the next attempt needs a new quote. */
export type ConversionRecord = SendRecord & {
  kind: 'conversion';
  withdrawalId: WithdrawalId;
  version: number;
  /** Counts the quotes. A new one is asked for only when the one before can no longer become a transfer. */
  quoteNumber: number;
  quoteToken: string;
  quoteExpiresAt: Instant;
  recipientId: string;
  /** Our treasury behind it, which pays nothing any more once there is another. Absent: it was not kept yet. */
  payee?: Address | undefined;
  payIn: PayIn;
  source: Minor;
  payout: Minor;
  fee: Minor;
  /** Whether an answer, or the refusal of a repetition, says that the quote has made its transfer: it is not sent again. */
  quoteUsed: boolean;
  /**
   * The code with which compliance refused a repetition. What became of the request before it has to be seen, and nothing is
   * asked any more.
   */
  stoppedBy?: string | undefined;
  /** The on-ramp's id of the transfer, once it is known and claimed for this withdrawal. */
  transferId: string | null;
  /** In which state the on-ramp last showed the transfer, and since when: kept for people, once the conversion is late. */
  lastSaid?: string | undefined;
  lastSaidAt?: Instant | undefined;
};

/**
 * How our dollars reach the on-ramp: it draws them from our float (`ach`), or the brokerage wires them, for a transfer that
 * waits for them (`wire`) or into an account at the on-ramp where each deposit makes a transfer (`virtual-account`).
 */
export const payIns = ['ach', 'wire', 'virtual-account'] as const;
export type PayIn = (typeof payIns)[number];
