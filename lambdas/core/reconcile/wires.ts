/**
 * The wires to the on-ramp, against the brokerage: each wire out of the firm's account is recorded for one conversion, once
 * and with its amount, and a wire from which a conversion went on is there and has not come back. They are joined by their
 * memo. We save what we ask for before we ask, so a wire that no conversion asked for is a difference at any age.
 */
import { type FirmWire, stands } from '../brokerage/brokerage.ts';
import { providerClockSkewMs } from '../kernel/limits.ts';
import { type Instant, timeOf } from '../kernel/time.ts';
import { payInModes } from '../on-ramp/pay-in.ts';
import type { Transfer, TransferState } from '../on-ramp/provider.ts';
import { isWrittenFor } from '../on-ramp/wire-seen.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import type { WireRecord } from '../store/wire-record.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { afterPaid, type Booked, type Lost } from './books.ts';
import { type Difference, inMoney, type Period, unlike } from './difference.ts';

export type WireBook = {
  /** All that were created since `wiresSince`, perhaps with older ones. */
  wires: readonly FirmWire[];
  wiresSince: Instant;
  /** Whether only we wire from the firm's account. With `ach` people fill the float that the on-ramp draws from by wire. */
  wiresAreOurs: boolean;
};

type Recorded = { withdrawal: Withdrawal; effect: ConversionRecord | null; wire: WireRecord };
type Age = {
  period: Period;
  isStill: (withdrawal: Withdrawal) => boolean;
  isOld: (at: number) => boolean;
  /** Whether a wire that was sent then must have arrived by now. */
  isLong: (at: number) => boolean;
};

/** `booked`: the withdrawals of the report, and those that had ended and one of whose wires was read. */
export function wireDifferences(
  book: WireBook,
  booked: readonly Booked[],
  transfers: readonly Transfer[],
  stock: ReadonlySet<WireRecord>,
  lost: Lost,
  age: Age,
): Difference[] {
  const { wiresAreOurs } = book;
  const wires = asRecorded(book.wires, booked);
  const recorded = booked.flatMap((one): Recorded[] =>
    one.wires.map((wire) => ({ withdrawal: one.withdrawal, effect: one.effect, wire })),
  );
  const byMemo = Map.groupBy(recorded, ({ wire }) => wire.memo);
  const listed = Map.groupBy(wires, ({ memo }) => memo);
  const states = new Map(transfers.map(({ id, state }) => [id, state]));
  // The conversion of a wire from the first moments of the period may have ended before it, and was not read then.
  const within = (at: number): boolean => at >= age.period.from + providerClockSkewMs;
  const unknown = wires.filter(
    (one) =>
      wiresAreOurs &&
      stands(one) &&
      within(one.createdAt) &&
      !byMemo.has(one.memo) &&
      !lost.memos.has(one.memo),
  );
  return [
    ...unknown.map((one): Difference => {
      const found = `${text(one)} to ${one.bankId} for "${one.memo}"`;
      return { kind: 'wire-unknown', what: one.id, providerId: one.id, expected: 'none', found };
    }),
    ...[...byMemo].flatMap(([memo, [first, ...others]]): Difference[] => {
      if (first === undefined) return [];
      if (others.length > 0) return [claimedTwice(memo, [first, ...others])];
      const there = listed.get(memo) ?? [];
      const wrong =
        unlikeAsked(first, there) ??
        missing(first, there, within, age) ??
        unseen(first, there, states, book, age) ??
        stateDifference(first, there, states, age) ??
        arrivedNowhere(first, there, states, stock, within, age);
      return wrong === null ? [] : [wrong];
    }),
  ];
}

/** The wires with the memos that we asked for: the brokerage may write a memo in its own way, and the id tells all the same. */
export function asRecorded(wires: readonly FirmWire[], booked: readonly Booked[]): FirmWire[] {
  const memos = new Map(
    booked.flatMap((one) =>
      one.wires.flatMap(({ wireId, memo }) => (wireId === null ? [] : [[wireId, memo] as const])),
    ),
  );
  return wires.map((one) => {
    const memo = memos.get(one.id);
    return memo !== undefined && isWrittenFor(memo, one.memo) ? { ...one, memo } : one;
  });
}

/** What is wired are dollars, and nothing else. */
const dollars = (amount: bigint): string => inMoney(amount, 'USD');
const text = ({ amount, status }: FirmWire): string => `${dollars(amount)} ${status}`;

function claimedTwice(memo: string, recorded: readonly Recorded[]): Difference {
  const found = recorded.map(({ wire }) => `${wire.withdrawalId} ${wire.transferId}`).join(', ');
  return { kind: 'wire-claimed-twice', what: memo, expected: 'one conversion', found };
}

/** The brokerage wired more than was asked for, or something else: a difference at any age. */
function unlikeAsked(
  { wire: { memo, amount, bankId, withdrawalId } }: Recorded,
  there: readonly FirmWire[],
): Difference | null {
  const [one, ...others] = there.filter(stands);
  if (one === undefined) return null;
  if (others.length > 0) {
    const found = [one, ...others].map((wire) => `${wire.id} ${dollars(wire.amount)}`).join(', ');
    return { kind: 'wire-twice', what: memo, withdrawalId, expected: 'one wire', found };
  }
  const wrong = unlike(
    { amount: dollars(amount), bank: bankId },
    { amount: dollars(one.amount), bank: one.bankId },
  );
  const about = { what: one.id, providerId: one.id, withdrawalId };
  return wrong === null ? null : { kind: 'wire-differs', ...about, ...wrong };
}

/** Whether the withdrawal went on from this wire or waits for it; `null`: nothing relies on the wire. */
function relies({ withdrawal, effect, wire }: Recorded): 'went-on' | 'waits' | null {
  if (effect === null || !isPaidBy(effect, wire)) return null;
  if (afterPaid.includes(withdrawal.stage)) return 'went-on';
  return withdrawal.stage === 'converting' ? 'waits' : null;
}

/** Whether the wire pays for the present transfer of the conversion, and not for one that was given up. */
const isPaidBy = (effect: ConversionRecord, wire: WireRecord): boolean =>
  payInModes[effect.payIn].wiredFor(effect) === wire.transferId;

/** Whether the on-ramp has the dollars and is not done with them. A deposit shows only by its transfer. */
function isUnderway({ effect }: Recorded, states: ReadonlyMap<string, TransferState>): boolean {
  if (effect === null || effect.transferId === null) return false;
  const state = states.get(effect.transferId);
  if (state === undefined) return !payInModes[effect.payIn].isAskedFor;
  return state !== 'awaiting-funds' && state !== 'paid';
}

function missing(
  recorded: Recorded,
  there: readonly FirmWire[],
  within: (at: number) => boolean,
  { isOld }: Age,
): Difference | null {
  const { wire } = recorded;
  const { wireId, withdrawalId, firstSentAt, lastSentAt, refusedCode, amount } = wire;
  const isThere = wireId === null ? there.length > 0 : there.some(({ id }) => id === wireId);
  const isExpected = wireId !== null || (relies(recorded) !== null && refusedCode === null);
  // The list need not reach back for ever.
  if (isThere || !isExpected || !within(firstSentAt) || !isOld(lastSentAt)) return null;
  const about = {
    what: wireId ?? wire.memo,
    withdrawalId,
    expected: `a wire of ${dollars(amount)}`,
  };
  const provider = wireId === null ? {} : { providerId: wireId };
  return { kind: 'wire-missing', ...about, ...provider, found: 'none' };
}

/** The wire is from before the list, which says no more of it, and its conversion waits for it to this day. */
function unseen(
  recorded: Recorded,
  there: readonly FirmWire[],
  states: ReadonlyMap<string, TransferState>,
  { wiresSince }: WireBook,
  { isStill }: Age,
): Difference | null {
  const { withdrawal, effect, wire } = recorded;
  const { withdrawalId, firstSentAt, wireId, memo } = wire;
  const isListed =
    there.length > 0 || wire.sends === 0 || firstSentAt >= wiresSince + providerClockSkewMs;
  if (isListed || relies(recorded) !== 'waits' || isUnderway(recorded, states)) return null;
  if (states.get(effect?.transferId ?? '') === 'paid' && !isStill(withdrawal)) return null;
  const about = { what: wireId ?? memo, withdrawalId, ...(wireId && { providerId: wireId }) };
  const found = `asked for at ${timeOf(firstSentAt)}`;
  return { kind: 'wire-state', ...about, expected: 'to have been converted by now', found };
}

function stateDifference(
  recorded: Recorded,
  there: readonly FirmWire[],
  states: ReadonlyMap<string, TransferState>,
  { isStill, isOld, isLong }: Age,
): Difference | null {
  const { withdrawal, effect, wire } = recorded;
  const { withdrawalId, refusedCode } = wire;
  const last = there.findLast(stands) ?? there.at(-1);
  if (last === undefined) return null;
  const reliance = relies(recorded);
  // One that waits for its wire is written again and again while it tells why: there the wire alone says for how long.
  const isPaid = states.get(effect?.transferId ?? '') === 'paid';
  if ((reliance !== 'waits' || isPaid) && !isStill(withdrawal)) return null;
  const differs = (expected: string): Difference => {
    const about = { what: last.id, providerId: last.id, withdrawalId, expected };
    return { kind: 'wire-state', ...about, found: there.map(text).join(', ') };
  };
  if (stands(last)) {
    const isGivenUp = refusedCode !== null && (effect === null || !isPaidBy(effect, wire));
    if (isGivenUp) return differs('nothing moved, for it was taken for one that is back');
    const isAway = last.state === 'sent' && isLong(last.updatedAt);
    if (reliance === 'waits' && isAway && !isUnderway(recorded, states))
      return differs('to have been converted by now');
    return null;
  }
  if (reliance === 'went-on') return differs(`sent, for it is ${withdrawal.stage}`);
  // The step takes two looks before it believes that a wire came back, so it is late only after those.
  if (reliance === 'waits' && isOld(last.updatedAt)) return differs('sent, for it is converting');
  return null;
}

/** The client has the money back, and the dollars that were wired all the same became neither stock nor came back. */
function arrivedNowhere(
  { withdrawal, effect, wire }: Recorded,
  there: readonly FirmWire[],
  states: ReadonlyMap<string, TransferState>,
  stock: ReadonlySet<WireRecord>,
  within: (at: number) => boolean,
  { isStill, isLong }: Age,
): Difference | null {
  const { withdrawalId } = wire;
  const last = there.findLast(stands);
  const isOver = withdrawal.stage === 'refunding' || withdrawal.stage === 'refunded';
  if (last === undefined || last.state !== 'sent' || effect === null || !isOver) return null;
  // What it made is in the list only when the wire itself was made in the time of the list.
  if (!within(last.createdAt) || !isLong(last.updatedAt) || !isStill(withdrawal)) return null;
  const state = states.get(effect.transferId ?? wire.transferId);
  const isAway = state === undefined ? wire.accountId !== undefined : state === 'awaiting-funds';
  if (!isAway || stock.has(wire)) return null;
  const about = { what: last.id, providerId: last.id, withdrawalId };
  const expected = 'to have become stock by now, or to be back';
  return { kind: 'wire-state', ...about, expected, found: there.map(text).join(', ') };
}
