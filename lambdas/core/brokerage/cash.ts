/**
 * Whether an account's cash covers every outcome of what was asked of it. The sums of each wallet say what is asked for; the
 * brokerage says what there is, and its answer may or may not have what it was asked for lately taken off already.
 */

import { type Minor, minor } from '../kernel/money.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { AskedCash } from '../store/asked-cash.ts';
import type { Change } from '../store/change.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import type { Store } from '../store/store.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { AccountId } from './brokerage.ts';
import { cashReadMs, cashSettleMs } from './limits.ts';
import type { BrokerageWorld } from './world.ts';

type WalletAt = Pick<AskedCash, 'accountId' | 'walletId'>;

/** The sums of this wallet among those of its account. */
export const askedBy = (
  sums: readonly AskedCash[],
  { accountId, walletId }: WalletAt,
): AskedCash => {
  const known = sums.find((one) => one.walletId === walletId);
  const none = { asked: minor(0n), booked: minor(0n), bookedAt: null, marks: [] };
  return known ?? { accountId, walletId, version: 0, ...none };
};

/** With so much more asked for. */
export const asking = (sums: AskedCash, amount: bigint): AskedCash => ({
  ...sums,
  version: sums.version + 1,
  asked: minor(atLeast(sums.booked, sums.asked + amount)),
});

const atLeast = (least: bigint, sum: bigint): bigint => (sum < least ? least : sum);

/** There is one mark for each span of this length, so what was booked may count as not paid for this much longer. */
const markMs = cashSettleMs / 3;

/** With so much more of it known to be paid. */
export function booking(sums: AskedCash, amount: bigint, now: Instant): AskedCash {
  const { booked, bookedAt } = sums;
  const span = (at: Instant): number => Math.floor(at / markMs);
  const earlier =
    bookedAt === null ? [] : sums.marks.filter(({ at }) => span(at) !== span(bookedAt));
  const marks = bookedAt === null ? [] : [...earlier, { at: bookedAt, booked }];
  const old = marks.findLastIndex(({ at }) => at <= now - cashSettleMs);
  return {
    ...sums,
    version: sums.version + 1,
    asked: minor(atLeast(booked + amount, sums.asked)),
    booked: minor(booked + amount),
    bookedAt: now,
    marks: marks.slice(Math.max(old, 0)),
  };
}

/** No more than was known to be paid at that time. */
export function bookedUntil({ booked, bookedAt, marks }: AskedCash, at: Instant): Minor {
  if (bookedAt === null || bookedAt <= at) return booked;
  return marks.findLast((mark) => mark.at <= at)?.booked ?? minor(0n);
}

/** What an account has, and by wallet how much of what was asked for is surely taken off it. */
export type CashRead = { at: Instant; cash: Minor; taken: ReadonlyMap<string, Minor> };

/**
 * Reads the cash; `null`: the brokerage does not say. The sums are read before it, and what was booked in the last moments
 * may not be taken off yet: Alpaca does not document how far its answers may be behind.
 */
export async function readCash(
  { store, brokerage, clock }: Pick<BrokerageWorld, 'store' | 'brokerage' | 'clock'>,
  accountId: AccountId,
): Promise<CashRead | null> {
  const before = await store.asked(accountId);
  const at = clock.now();
  const answer = await brokerage.account(accountId);
  if (!answer.ok) return null;
  const since = later(at, -cashSettleMs);
  const taken = new Map(before.map((sums) => [sums.walletId, bookedUntil(sums, since)]));
  return { at, cash: answer.value.usable ? answer.value.transferable : minor(0n), taken };
}

/** Others may spend the cash as well, so what was read is good for a moment only. */
export const isFresh = (read: CashRead, now: Instant): boolean => now < later(read.at, cashReadMs);

/** What is left when everything that was asked for is paid, whether the cash was read before that or after it; perhaps less than 0. */
export const leftOf = ({ cash, taken }: CashRead, sums: readonly AskedCash[]): bigint =>
  sums.reduce<bigint>(
    (left, { walletId, asked }) => left - (asked - (taken.get(walletId) ?? 0n)),
    cash,
  );

type Counted = { withdrawal: Pick<Withdrawal, 'walletId' | 'amount'>; effect: JournalRecord };

const walletOf = ({ withdrawal, effect }: Counted): WalletAt => ({
  accountId: effect.from,
  walletId: withdrawal.walletId,
});

/** The change that counts a debit as paid; none for one that older code has asked for. */
export async function paid(store: Store, debit: Counted, now: Instant): Promise<Change[]> {
  if (!debit.effect.counted) return [];
  const wallet = walletOf(debit);
  const sums = askedBy(await store.asked(wallet.accountId), wallet);
  return [{ change: 'asked', to: booking(sums, debit.withdrawal.amount, now) }];
}

/** The change that takes a debit off the sums that has come to nothing. */
export const cameToNothing = (debit: Counted): Change[] =>
  debit.effect.counted
    ? [{ change: 'asked-less', ...walletOf(debit), by: debit.withdrawal.amount }]
    : [];
