/**
 * What the core asks of a brokerage: journals, which move cash between a customer's account and the firm's, and wires,
 * which carry the firm's cash to the on-ramp. Its calls have the three outcomes of store/change.ts, and one answer more: not now.
 */

import { createHash } from 'node:crypto';
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { Answer, Attempted } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { JournalPurpose } from '../store/journal-record.ts';

/** A brokerage account at the brokerage: its UUID. */
export type AccountId = string;

export type BrokerageAccount = {
  id: AccountId;
  /** Whether journals may be made at all: the account is active and nothing is blocked. */
  usable: boolean;
  /** What a journal may take now, rounded down to cents. */
  transferable: Minor;
};

/**
 * What a journal's status means for us. Only a whole set of journals under one description says what was moved for a
 * withdrawal (reliability.md §4.5); one of them never does.
 */
export type JournalState =
  /** Nothing is moved yet, and it may be at any moment, for a day or more. */
  | 'pending'
  /** The cash is moved. Not final: it can still be reversed or moved elsewhere. */
  | 'executed'
  /** Nothing was moved by it and nothing will be. */
  | 'refused'
  /** Taken off the books: whatever it had moved is back, and it will move nothing. */
  | 'reversed'
  /** Replaced by another journal under a new id, perhaps of another amount. This one moves nothing. */
  | 'moved-elsewhere'
  /** A word that we do not know: it may have moved the cash or not. Never a failure. */
  | 'unknown';

export type Journal = {
  id: string;
  from: AccountId;
  to: AccountId;
  /** What it moves, which is not what was asked for when it was corrected. */
  amount: Minor;
  description: string;
  state: JournalState;
  /** The brokerage's own word, for people. */
  status: string;
};

/** Why a journal or a wire was not made (the `code` of NOT_APPLIED). */
export type BrokerageRefusal =
  /** The brokerage forbids it: usually for want of cash. `account` says which. */
  'not-available' | 'no-such-account' | 'invalid' | 'not-pending';

export type JournalIntent = {
  key: string;
  from: AccountId;
  to: AccountId;
  amount: Minor;
  /** By which it is found again: the withdrawal's id. */
  description: WithdrawalId;
};
/** What is kept before it is sent: the same journal is only ever asked for with the same key and the same bytes. */
export type JournalRequest = { key: string; bytes: string };

export type WireState = 'pending' | 'sent' | 'refused' | 'returned' | 'unknown';
export type Wire = {
  id: string;
  state: WireState;
  status: string;
  /** What arrives: what was asked for less what was taken for the wire itself. */
  amount: Minor;
  bankId: string;
  memo: string;
  createdAt: Instant;
};
/** Wires that carry cash away, or have, or may. */
export const stands = ({ state }: Wire): boolean => state !== 'refused' && state !== 'returned';
export type WireIntent = { bankId: string; amount: Minor; memo: string };
/** The on-ramp's account, as it is written on a wire. */
export type BankDetails = { name: string; routingNumber: string; accountNumber: string };

export type Brokerage = {
  /** The firm's own account: the other side of every journal. */
  firm: AccountId;
  account(id: AccountId): Promise<Answer<BrokerageAccount>>;
  /** The bytes of a journal. Pure: the same intent is the same bytes. */
  prepare(intent: JournalIntent): JournalRequest;
  /**
   * Asks for it once. The same request again means the same journal, for as long as the brokerage remembers the key.
   * NOT_APPLIED is about this request: that an earlier one was not applied either, only `journalsOf` can show.
   */
  journal(request: JournalRequest): Promise<Attempted<Journal>>;
  status(id: string): Promise<Answer<Journal>>;
  /** Every journal from one account to another with this description that was created in [since, until]: all of them, or no answer. */
  journalsOf(wanted: {
    description: WithdrawalId;
    from: AccountId;
    to: AccountId;
    since: Instant;
    until: Instant;
  }): Promise<Answer<Journal[]>>;
  /** Possible while it is pending. Any outcome but APPLIED proves nothing: ask for its status. */
  cancel(id: string): Promise<Attempted<null>>;
  /** The on-ramp's bank as the firm's recipient, made known when it is not. Null: not approved yet. */
  bank(details: BankDetails): Promise<Answer<string | null>>;
  /** Sends the firm's cash out. One attempt; the brokerage has no idempotency key for it. */
  wire(intent: WireIntent): Promise<Attempted<Wire>>;
  /** The firm's wires with one of these memos: all of them, or no answer. */
  wiresOf(memos: ReadonlySet<string>): Promise<Answer<Wire[]>>;
};

/** A journal as reconciliation reads it: with the day on which the brokerage booked it, `YYYY-MM-DD`, once it has. */
export type FirmJournal = Journal & { bookedOn: string | null };
export type FirmJournals = Pick<Brokerage, 'firm'> & {
  /** Every journal to or from the firm's account that was created in [since, until], perhaps some more: all of them, or no answer. */
  journalsBetween(since: Instant, until: Instant): Promise<Answer<FirmJournal[]>>;
};

/** A wire as reconciliation reads it: with the time of its last change, so that one which comes back late is seen. */
export type FirmWire = Wire & { updatedAt: Instant };
export type FirmWires = {
  /** Every wire out of the firm's account: all of them, or no answer. */
  wires(): Promise<Answer<FirmWire[]>>;
};

/** What a set of journals says about one movement of cash. */
export type Verdict =
  /** There is none. Proves nothing while a request may still be under way. */
  | { verdict: 'none' }
  /** What it comes to is open: one is pending, or unknown, or its successor is not to be seen yet. */
  | { verdict: 'open' }
  | { verdict: 'moved'; journal: Journal }
  /** All of them moved nothing and will move nothing. */
  | { verdict: 'not-moved' }
  /** Cash was moved more than once: nothing more must be done here but by a person. */
  | { verdict: 'twice'; journals: readonly Journal[] };

/** The verdict over every journal in one direction with one description (reliability.md §4.5), never over one of them. */
export function verdictOf(journals: readonly Journal[]): Verdict {
  const inState = (...states: JournalState[]) =>
    journals.filter(({ state }) => states.includes(state));
  const executed = inState('executed');
  const [journal] = executed;
  if (executed.length > 1) return { verdict: 'twice', journals: executed };
  if (inState('pending', 'unknown').length > 0) return { verdict: 'open' };
  if (journal !== undefined) return { verdict: 'moved', journal };
  if (inState('moved-elsewhere').length > 0) return { verdict: 'open' };
  return { verdict: journals.length === 0 ? 'none' : 'not-moved' };
}

/** The journal of a withdrawal that takes the cash. `attempt` counts on only when the one before is proven to move nothing. */
export const debitJournal = (
  withdrawalId: WithdrawalId,
  amount: Minor,
  customer: AccountId,
  firm: AccountId,
  attempt: number,
): JournalIntent => ({
  key: journalKey(withdrawalId, 'debit', attempt),
  from: customer,
  to: firm,
  amount,
  description: withdrawalId,
});

/** Its mirror, which undoes it: `amount` is what was really moved. A brokerage has no other way back. */
export const returnJournal = (
  withdrawalId: WithdrawalId,
  amount: Minor,
  customer: AccountId,
  firm: AccountId,
  attempt: number,
): JournalIntent => ({
  key: journalKey(withdrawalId, 'return', attempt),
  from: firm,
  to: customer,
  amount,
  description: withdrawalId,
});

const uuidPattern = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
export const isAccountId = (text: string): text is AccountId => uuidPattern.test(text);

/** Ours alone, so that no other program's names give the same keys. */
const namespace = '6ba5a43c-3d0f-4c53-9d2e-0c5f1f1a7c41';

/** A UUID (version 5, RFC 9562) that everybody derives alike: a journal asked for twice has one key. */
export function journalKey(
  withdrawalId: WithdrawalId,
  purpose: JournalPurpose,
  attempt: number,
): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(`${purpose}:${withdrawalId}:${attempt}`)
    .digest();
  hash.writeUInt8(((hash[6] ?? 0) & 0x0f) | 0x50, 6);
  hash.writeUInt8(((hash[8] ?? 0) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
