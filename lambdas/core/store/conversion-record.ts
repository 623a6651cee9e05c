import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import type { SendRecord } from './send-record.ts';

/** The record of what we asked for. A `refusedCode` in it is certain: the next attempt needs a new quote. */
export type ConversionRecord = SendRecord & {
  kind: 'conversion';
  withdrawalId: WithdrawalId;
  version: number;
  /** Counts the quotes: a new one is taken only when the one before can no longer become a transfer. */
  quoteNumber: number;
  quoteToken: string;
  quoteExpiresAt: Instant;
  recipientId: string;
  payIn: PayIn;
  source: Minor;
  payout: Minor;
  fee: Minor;
  /** A transfer is known to have been made of the quote, by an answer or since a repetition was refused: it is not sent again. */
  quoteUsed: boolean;
  /** The provider's id, once it is known and claimed for this withdrawal. */
  transferId: string | null;
};

/**
 * How our dollars reach the on-ramp: it draws them from our float (`ach`), or the brokerage wires them, for a transfer that
 * waits for them (`wire`), or into an account there whose deposits make transfers by themselves (`virtual-account`).
 */
export const payIns = ['ach', 'wire', 'virtual-account'] as const;
export type PayIn = (typeof payIns)[number];
