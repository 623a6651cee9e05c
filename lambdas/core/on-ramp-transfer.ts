/** What the on-ramp tells us of its quotes, transfers and accounts, in our words. */
import type { Instant } from './ids.ts';
import type { Minor } from './money.ts';

export type Quote = { token: string; source: Minor; payout: Minor; fee: Minor; expiresAt: Instant };
/**
 * How our dollars reach the on-ramp: it draws them from our float (`ach`), or the brokerage wires them, for a transfer that
 * waits for them (`wire`), or into an account there whose deposits make transfers by themselves (`virtual-account`).
 */
export const payIns = ['ach', 'wire', 'virtual-account'] as const;
export type PayIn = (typeof payIns)[number];

/**
 * Where a transfer of the on-ramp stands. Only `paid` says that USDC went out, and only `returned` that it never will
 * and the dollars are on their way back or there; what the provider calls a failure says nothing about money.
 *   awaiting-funds  it waits for our dollars with the memo that it asks for
 *   pending         on its way
 *   held            a person at the provider, or something that we must do there, holds it up
 *   returning       the dollars are to come back, and have not yet
 *   failed          the provider gave up on it; where the money is, is not said
 *   unknown         a word that we do not know: to be waited on
 */
export type TransferState =
  | 'awaiting-funds'
  | 'pending'
  | 'paid'
  | 'held'
  | 'returning'
  | 'returned'
  | 'failed'
  | 'unknown';

/** Where dollars are to be paid in, and the reference without which nobody would know whose they are. */
export type PayInInstruction = {
  bankName: string;
  accountName: string;
  accountNumber: string;
  routingNumber: string;
  memo: string | null;
};

export type Transfer = {
  id: string;
  state: TransferState;
  source: Minor;
  payout: Minor;
  fee: Minor;
  /** The dollars that came back; `null` when nothing did, or the provider does not say how much. */
  returned: Minor | null;
  recipientId: string | null;
  /** The virtual account whose deposit made it; `null`: it was asked for with a quote. */
  accountId: string | null;
  /** The rail and address that it pays to, as the provider names them; `null` when it does not. */
  rail: string | null;
  address: string | null;
  /** How to pay for it, while the provider says so. */
  payIn: PayInInstruction | null;
  /** The log that paid, by the provider's word. */
  confirmation: { txHash: string; logIndex: number | null } | null;
  createdAt: Instant;
};

/**
 * An account at the on-ramp whose deposits become USDC in our treasury on one network. `payIn` is `null` until the
 * provider has made its bank details, which can take days.
 */
export type VirtualAccount = { id: string; active: boolean; payIn: PayInInstruction | null };
