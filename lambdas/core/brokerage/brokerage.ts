/** The port of a brokerage: journals between a customer's account and the firm's, and wires of the firm's cash. */
import { createHash } from 'node:crypto';
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Minor } from '../kernel/money.ts';
import type { Answer, Attempted } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { JournalPurpose } from '../store/journal-record.ts';

/** The UUID of an account at the brokerage. */
export type AccountId = string;

export type BrokerageAccount = {
  id: AccountId;
  /** Whether journals are possible at all: the account is active and nothing on it is blocked. */
  usable: boolean;
  /** What a journal may take from it now, rounded down to cents. */
  transferable: Minor;
};

/**
 * What a journal's status means for us (https://docs.alpaca.markets/us/docs/funding-via-journals). Only all journals with
 * one description together say what was moved for a withdrawal; one of them never does.
 */
export type JournalState =
  /** The cash is not moved yet; it may be at any moment, for a day or longer. */
  | 'pending'
  /** The cash is moved. That is not final: the journal can still be reversed or corrected. */
  | 'executed'
  /** Nothing was moved by it and nothing will be. */
  | 'refused'
  /** It is off the books: whatever it had moved is back, and it will move nothing. */
  | 'reversed'
  /** It was corrected: another journal with a new id, perhaps of another amount, replaces it. This one moves nothing. */
  | 'moved-elsewhere'
  /** The status is none that we know: it may have moved the cash or not. This is never a failure. */
  | 'unknown';

export type Journal = {
  id: string;
  from: AccountId;
  to: AccountId;
  /** What it moves; for the successor of a corrected journal that may be another amount than was asked for. */
  amount: Minor;
  description: string;
  state: JournalState;
  /** The brokerage's own word for its state, for people to read. */
  status: string;
};

/** Why a journal or a wire was not made: the `code` of NOT_APPLIED. */
export type BrokerageRefusal =
  /** The brokerage forbids it, usually for want of cash. What `account` answers tells the two apart. */
  'not-available' | 'no-such-account' | 'invalid' | 'not-pending';

export type JournalIntent = {
  key: string;
  from: AccountId;
  to: AccountId;
  amount: Minor;
  /** The journal is found again by it: the withdrawal's id. */
  description: WithdrawalId;
};
/** What is saved before it is sent: a journal is only ever asked for with the same key and the same bytes. */
export type JournalRequest = { key: string; bytes: string };

export type WireState = 'pending' | 'sent' | 'refused' | 'returned' | 'unknown';
export type Wire = {
  id: string;
  state: WireState;
  status: string;
  /** What arrives: what was asked for, less the fee when that is taken from it. */
  amount: Minor;
  bankId: string;
  memo: string;
  createdAt: Instant;
};
/**
 * A wire as far as it can be read: a field is `null` when it cannot be, or when nothing is said there. `isOut`: it is certain
 * that it is a wire out of the firm's account, and not something that the brokerage calls by a word that we do not know.
 */
export type WireSeen = Pick<Wire, 'state' | 'status'> & {
  id: string | null;
  isOut: boolean;
  amount: Minor | null;
  bankId: string | null;
  /** "" when the row says that there is none. */
  memo: string | null;
  createdAt: Instant | null;
};
/** What the brokerage answered to a wire: its id is certain, the rest is as far as it can be read. */
export type WireMade = WireSeen & { id: string };
/** Whether a wire carries cash away, has done so, or may yet do so. */
export const stands = ({ state }: Pick<Wire, 'state'>): boolean =>
  state !== 'refused' && state !== 'returned';
export type WireIntent = { bankId: string; amount: Minor; memo: string };
/** The on-ramp's account, as it is written on a wire. */
export type BankDetails = { name: string; routingNumber: string; accountNumber: string };

/** Every call is made once; `core/effect/effect.ts` repeats what may be repeated. */
export type Brokerage = {
  /** The firm's own account, which is one side of every journal. */
  firm: AccountId;
  account(id: AccountId): Promise<Answer<BrokerageAccount>>;
  /** The bytes of a journal: always the same for the same intent. */
  prepare(intent: JournalIntent): JournalRequest;
  /**
   * Asks for a journal. The same request again means the same journal while the brokerage remembers the key. NOT_APPLIED
   * is about this request: that an earlier one was not applied either, only `journalsOf` can show.
   */
  journal(request: JournalRequest): Promise<Attempted<Journal>>;
  status(id: string): Promise<Answer<Journal>>;
  /**
   * All journals with this description between the accounts that were created in [since, until], or no answer, as where none of them
   * moves the cash and another may be ours by its amount or by the words around our description.
   */
  journalsOf(wanted: {
    description: WithdrawalId;
    from: AccountId;
    to: AccountId;
    amount: Minor;
    since: Instant;
    until: Instant;
  }): Promise<Answer<Journal[]>>;
  /** Cancels a pending journal. Any outcome but APPLIED proves nothing: `status` tells. */
  cancel(id: string): Promise<Attempted<null>>;
  /** The id of the on-ramp's bank as a recipient of the firm's wires, registered if need be; null: not approved yet. */
  bank(details: BankDetails): Promise<Answer<string | null>>;
  /**
   * Wires the firm's cash out. The brokerage has no idempotency key for wires: each call is another wire. APPLIED is whatever
   * it made of the request, which need not be what was asked for.
   */
  wire(intent: WireIntent): Promise<Attempted<WireMade>>;
  /**
   * Everything that may be a wire out of the firm's account and was created since then, or no answer, as after `withinMs`. Older
   * ones may be among them. Whose it is, only the caller knows.
   */
  wiresSeen(withinMs?: number, since?: Instant): Promise<Answer<WireSeen[]>>;
};

/** A journal with the day (`YYYY-MM-DD`) on which the brokerage booked it, once it has, for reconciliation. */
export type FirmJournal = Journal & { bookedOn: string | null };
export type FirmJournals = Pick<Brokerage, 'firm'> & {
  /** All journals to or from the firm's account that were created in [since, until], perhaps with others, or no answer. */
  journalsBetween(since: Instant, until: Instant): Promise<Answer<FirmJournal[]>>;
};

/** A wire with the time of its last change, so that reconciliation sees one that comes back late. */
export type FirmWire = Wire & { updatedAt: Instant };
/** `unread`: the memos of wires that cannot be read, `null` for one whose memo cannot be read either. */
export type WireList = { read: FirmWire[]; unread: readonly (string | null)[] };
export type FirmWires = {
  /**
   * All wires out of the firm's account that were created since then, perhaps with older ones, or no answer. Whose an unreadable one
   * is, only the caller knows.
   */
  wires(since: Instant): Promise<Answer<WireList>>;
};

/** What all journals of a withdrawal in one direction say together. */
export type Verdict =
  /** There is none, which proves nothing while a request may still be under way. */
  | { verdict: 'none' }
  /** The outcome is open: a journal is pending or unknown, or the successor of a corrected one does not show yet. */
  | { verdict: 'open' }
  | { verdict: 'moved'; journal: Journal }
  /** None of them has moved or will move anything. */
  | { verdict: 'not-moved' }
  /** Cash was moved more than once: the withdrawal goes to REVIEW. */
  | { verdict: 'twice'; journals: readonly Journal[] };

/** The verdict over all journals in one direction with one description. */
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

/** The journal that takes a withdrawal's cash from the customer. `attempt` is part of its key. */
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

/** The mirror of that journal, which gives the cash back: Alpaca has no call that reverses a journal. */
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

/** A namespace of our own (RFC 9562, section 6.6), so that no other program's names give the same keys. */
const namespace = '6ba5a43c-3d0f-4c53-9d2e-0c5f1f1a7c41';

/** The idempotency key of a journal: a version 5 UUID (RFC 9562, section 5.5), the same each time that it is derived. */
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
