/** What the on-ramp tells us of its quotes, transfers and accounts, in our words. */
import type { Minor } from '../kernel/money.ts';
import type { Network } from '../kernel/networks.ts';
import type { Answer, Attempted } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { PayIn } from '../store/conversion-record.ts';

export type Quote = { token: string; source: Minor; payout: Minor; fee: Minor; expiresAt: Instant };

/**
 * Where a transfer of the on-ramp stands. Only `paid` says that USDC went out, and only `returned` that it never will
 * and the dollars are on their way back or are back. What the provider calls a failure says nothing about money.
 *   awaiting-funds  it waits for our dollars with the memo that it asks for
 *   pending         it is on its way
 *   held            it waits for a person at the provider, or for something that we must do there
 *   returning       the dollars are on their way back to us
 *   failed          the provider gave up on it, and does not say where the money is
 *   unknown         the provider uses a word that we do not know: it is waited on
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

/** What an unreadable row of a list says all the same: `null` where it cannot be read, or says nothing. */
export type TransferSeen = {
  [Field in 'source' | 'recipientId' | 'accountId' | 'rail' | 'createdAt']: Transfer[Field] | null;
};

/**
 * An account at the on-ramp whose deposits become USDC in our treasury on one network. `payIn` is `null` until the
 * provider has made its bank details, which can take days.
 */
export type VirtualAccount = { id: string; active: boolean; payIn: PayInInstruction | null };

/**
 * What a refusal of the on-ramp means for asking again. `passes`: the provider itself says to ask anew. `final`: it stays true of
 * what was asked for. `compliance`: somebody there has decided against it, and that is not put to them a second time.
 */
export type RefusalVerdict = 'passes' | 'final' | 'compliance';

export type OnRamp = {
  /** What the code of a refusal says, whether it came just now or was kept. */
  verdictOn(code: string): RefusalVerdict;
  /** The on-ramp's id of our treasury on this network, linked there when it is not yet. */
  recipient(network: Network): Promise<Answer<string>>;
  /** What `amount` (USD cents) buys when it is paid in this way. Moves nothing. */
  quote(network: Network, amount: Minor, payIn: PayIn): Promise<Answer<Quote>>;
  /** Turns a quote into a transfer. One attempt; the provider has no idempotency key. */
  transfer(quoteToken: string, recipientId: string): Promise<Attempted<Transfer>>;
  status(transferId: string): Promise<Answer<Transfer>>;
  /**
   * Every transfer created in [from, to], all pages. A row that cannot be read leaves open what else is there, unless
   * `mayBeOurs` says of what can be read of it that it is another's. A list that takes longer than `withinMs` is no answer, and the
   * next look goes on with it, for as long as what it stands on was not asked for longer than `noOlderThanMs` before that look.
   */
  transfersBetween(
    from: Instant,
    to: Instant,
    how?: {
      mayBeOurs?: (seen: TransferSeen) => boolean;
      withinMs?: number;
      noOlderThanMs?: number;
    },
  ): Promise<Answer<Transfer[]>>;
};

export type VirtualAccounts = {
  /** Our virtual account of this network: found by its reference, made when there is none. Moves nothing. */
  ensure(network: Network): Promise<Answer<VirtualAccount>>;
};
