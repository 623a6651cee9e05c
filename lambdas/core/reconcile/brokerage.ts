/**
 * Our ledger against the brokerage: what its journals moved for a withdrawal, in each direction, is what was booked for
 * it. Journals are joined to withdrawals by their description, which is the withdrawal's id. We save what we ask for before
 * we ask, so a journal that no withdrawal asked for is a difference at any age.
 */
import {
  type AccountId,
  type FirmJournal,
  type Verdict,
  verdictOf,
} from '../brokerage/brokerage.ts';
import { isWithdrawalId, type WalletId } from '../kernel/ids.ts';
import { providerClockSkewMs } from '../kernel/limits.ts';
import type { JournalPurpose, JournalRecord } from '../store/journal-record.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Booked, Lost, WalletBook } from './books.ts';
import { type Difference, inMoney, type Period, unlike } from './difference.ts';

/** All journals to and from the firm's account that were created in the period, perhaps with some around it. */
export type BrokerageBook = { firm: AccountId; journals: readonly FirmJournal[] };

/** One direction of one withdrawal's cash. */
type Side = {
  withdrawal: Withdrawal;
  purpose: JournalPurpose;
  asked: JournalRecord | null;
  /** The brokerage's journals for this withdrawal in this direction. */
  there: readonly FirmJournal[];
  /** What our ledger booked; `null`: that is not known. */
  booked: bigint | null;
  /** Neither direction moved anything that still stands, and both were booked alike. */
  undone: boolean;
};
type Age = {
  period: Period;
  /** Whether a withdrawal was last changed, or an instant lies, longer ago than money may be under way. */
  isStill: (withdrawal: Withdrawal) => boolean;
  isOld: (at: number) => boolean;
};

/** `booked` are the withdrawals of the report, `earlier` those that had ended and that a journal names. */
export function journalDifferences(
  { firm, journals }: BrokerageBook,
  booked: readonly Booked[],
  earlier: readonly Booked[],
  wallets: readonly WalletBook[],
  lost: Lost,
  age: Age,
): Difference[] {
  const byDescription = Map.groupBy(journals, ({ description }) => description);
  const bookOf = new Map<WalletId, WalletBook>(wallets.map((one) => [one.walletId, one]));
  const known = new Set<string>(lost.withdrawals);
  const sidesOf = (one: Booked, amountOf: (side: JournalPurpose) => bigint | null): Side[] => {
    const { withdrawal } = one;
    known.add(withdrawal.id);
    const described = byDescription.get(withdrawal.id) ?? [];
    // The brokerage may have given the cash back by itself, without a journal of ours (core/wallet/refund-at-brokerage.ts).
    const undone = !described.some(mayCount) && amountOf('debit') === amountOf('return');
    return (['debit', 'return'] as const).map((purpose) => ({
      withdrawal,
      purpose,
      asked: one.journals.find((effect) => effect.purpose === purpose) ?? null,
      there: described.filter(({ from, to }) => (purpose === 'debit' ? to : from) === firm),
      booked: amountOf(purpose),
      undone,
    }));
  };
  const sides = [
    ...booked.flatMap((one) =>
      sidesOf(one, (side) => bookedIn(bookOf.get(one.withdrawal.walletId), one.withdrawal, side)),
    ),
    ...earlier.flatMap((one) => sidesOf(one, (side) => bookedBy(one.withdrawal, side))),
  ];
  return [
    ...journals.filter((one) => !known.has(one.description) && mayMove(one)).map(unknown),
    ...sides.flatMap((side) => differencesOf(side, age)),
  ];
}

/** What the wallet's ledger booked. */
function bookedIn(
  wallet: WalletBook | undefined,
  { id }: Withdrawal,
  purpose: JournalPurpose,
): bigint | null {
  if (wallet === undefined || wallet.holds === null) return null;
  const flow = wallet.holds.get(id);
  return (purpose === 'debit' ? flow?.funded : flow?.returned) ?? 0n;
}

/** What was booked, by the final stage: the holds that ended before the period are not kept. */
function bookedBy({ stage, amount }: Withdrawal, purpose: JournalPurpose): bigint | null {
  if (stage === 'refunded') return amount;
  if (stage === 'settled') return purpose === 'debit' ? amount : 0n;
  return stage === 'rejected' ? 0n : null;
}

const mayMove = ({ state }: FirmJournal): boolean =>
  state === 'executed' || state === 'pending' || state === 'unknown';
/** The successor of a corrected journal may not show yet. */
const mayCount = (journal: FirmJournal): boolean =>
  mayMove(journal) || journal.state === 'moved-elsewhere';
/** The brokerage moves dollars, and nothing else. */
const dollars = (amount: bigint): string => inMoney(amount, 'USD');
const text = ({ amount, status, from, to }: FirmJournal): string =>
  `${dollars(amount)} ${status} from ${from} to ${to}`;

function unknown(journal: FirmJournal): Difference {
  const { id, description } = journal;
  const about = isWithdrawalId(description) ? { withdrawalId: description } : {};
  const found = text(journal);
  return { kind: 'journal-unknown', what: id, providerId: id, ...about, expected: 'none', found };
}

function differencesOf(side: Side, age: Age): Difference[] {
  const { withdrawal, purpose, asked, there } = side;
  const { id: withdrawalId } = withdrawal;
  const moving = there.filter(mayMove);
  if (asked === null && moving.length > 0) return moving.map(unknown);
  const verdict = verdictOf(there);
  if (verdict.verdict === 'twice') {
    const found = verdict.journals.map(({ id, amount }) => `${id} ${dollars(amount)}`).join(', ');
    const about = { what: `${withdrawalId} ${purpose}`, withdrawalId };
    return [{ kind: 'journal-twice', ...about, expected: 'one journal', found }];
  }
  if (asked !== null) {
    const { journalId, from, to, amount } = asked;
    // A journal from before the period was not read, whatever has become of it.
    const within = asked.firstSentAt >= age.period.from + providerClockSkewMs;
    if (!within && journalId !== null && !there.some(({ id }) => id === journalId))
      return moving.map(unknown);
    for (const one of moving) {
      const wrong = unlike(
        { amount: dollars(amount), from, to },
        { amount: dollars(one.amount), from: one.from, to: one.to },
      );
      const about = { what: one.id, providerId: one.id, withdrawalId };
      if (wrong !== null) return [{ kind: 'journal-differs', ...about, ...wrong }];
    }
    if (there.length === 0 && journalId !== null) {
      if (!age.isOld(asked.lastSentAt)) return [];
      const about = { what: journalId, providerId: journalId, withdrawalId };
      const expected = `a journal of ${dollars(amount)}`;
      return [{ kind: 'journal-missing', ...about, expected, found: 'none' }];
    }
  }
  return stateDifference(side, verdict, age);
}

function stateDifference(side: Side, verdict: Verdict, age: Age): Difference[] {
  const { withdrawal, purpose, asked, there, booked, undone } = side;
  if (undone || booked === null || !age.isStill(withdrawal)) return [];
  const moved = verdict.verdict === 'moved' ? verdict.journal.amount : 0n;
  const isOpen = verdict.verdict === 'open';
  if (moved === booked && !isOpen) return [];
  if (booked === 0n && waitsFor(withdrawal, purpose) && (isOpen || !isLong(there, age))) return [];
  const { id: withdrawalId, stage } = withdrawal;
  const providerId = asked?.journalId ?? null;
  return [
    {
      kind: 'journal-state',
      what: providerId ?? `${withdrawalId} ${purpose}`,
      ...(providerId === null ? {} : { providerId }),
      withdrawalId,
      expected: `${dollars(booked)} moved as a ${purpose}, for it is ${stage}`,
      found: there.map(text).join(', ') || 'nothing',
    },
  ];
}

/** Some journals are pending for a day or longer, and the withdrawal does not move meanwhile. */
function waitsFor(withdrawal: Withdrawal, purpose: JournalPurpose): boolean {
  const at = withdrawal.stage === 'review' ? withdrawal.heldFrom : withdrawal.stage;
  return at === (purpose === 'debit' ? 'debiting' : 'refunding');
}

const dayMs = 86_400_000;
/** Whether the cash was moved longer ago than money may be under way, by the day on which the brokerage booked it. */
const isLong = (there: readonly FirmJournal[], { isOld }: Age): boolean =>
  there.some(
    ({ state, bookedOn }) =>
      state === 'executed' && (bookedOn === null || isOld(Date.parse(bookedOn) + dayMs)),
  );
