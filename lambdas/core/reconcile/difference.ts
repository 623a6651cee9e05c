/** What reconciliation finds: a fact on which two systems do not agree. Reconciliation corrects nothing. */
import type { WalletId, WithdrawalId } from '../kernel/ids.ts';
import { type Currency, formatAmount } from '../kernel/money.ts';
import type { Route } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';

/**
 *   unknown-payout       the treasury paid on chain, and no withdrawal has that payout
 *   missing-payout       a withdrawal says where it was paid, and the chain has nothing there
 *   wrong-payout         it was paid another amount, to another address, or elsewhere than it says
 *   unrecorded-payout    it was paid on chain long ago, and our record does not say so
 *   paid-and-given-back  it was paid on chain, and its money was given back too
 *   transfer-claimed-twice, transfer-unclaimed, transfer-missing
 *                        an on-ramp transfer has two withdrawals, or none, or the on-ramp does not have it
 *   transfer-differs     its amounts or its destination are not those that we recorded
 *   transfer-state       its state at the on-ramp is not the one that the withdrawal's stage needs
 *   deposit-differs      the on-ramp says that it paid our treasury, and the chain has less, more or nothing
 *   deposit-claimed-twice  two transfers of the on-ramp say that the same log on chain paid them
 *   journal-unknown      the brokerage moved cash to or from the firm's account, or may, and no withdrawal asked for it
 *   journal-missing      a journal that the brokerage had taken is not there any more
 *   journal-twice        the cash of a withdrawal was moved twice in one direction
 *   journal-differs      a journal moved another amount than was asked for, or between other accounts
 *   journal-state        the brokerage moved another sum for a withdrawal than our ledger says: undone later, or not noticed
 *   wire-unknown         the brokerage wired the firm's cash away, or may, and no conversion asked for it
 *   wire-claimed-twice   one memo is recorded for the wires of two conversions
 *   wire-twice           the dollars of one conversion were wired more than once
 *   wire-missing         a wire that a conversion relies on is not at the brokerage
 *   wire-differs         a wire has another amount than was asked for, or goes to another bank
 *   wire-state           a wire came back and we went on, or stands although we took it to be back, or never arrived
 *   state-without-effect the withdrawal's stage needs an effect that is not recorded
 *   ledger-block         a block is missing, or its hash or its sums do not hold
 *   wallet-balance       a wallet's balance is not its last block's
 *   hold                 what is held for a withdrawal is not what its stage says
 *   unreadable           a row of ours cannot be what we wrote
 *   chain-unread         a chain could not be read: nothing is known of what our treasury paid or got there
 */
export const differenceKinds = [
  'unknown-payout',
  'missing-payout',
  'wrong-payout',
  'unrecorded-payout',
  'paid-and-given-back',
  'transfer-claimed-twice',
  'transfer-unclaimed',
  'transfer-missing',
  'transfer-differs',
  'transfer-state',
  'deposit-differs',
  'deposit-claimed-twice',
  'journal-unknown',
  'journal-missing',
  'journal-twice',
  'journal-differs',
  'journal-state',
  'wire-unknown',
  'wire-claimed-twice',
  'wire-twice',
  'wire-missing',
  'wire-differs',
  'wire-state',
  'state-without-effect',
  'ledger-block',
  'wallet-balance',
  'hold',
  'unreadable',
  'chain-unread',
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

export type Difference = {
  kind: DifferenceKind;
  /** Where to look: a log, a transfer, a block or a row. Kind and place name the difference in every report. */
  what: string;
  withdrawalId?: WithdrawalId;
  walletId?: WalletId;
  /** The on-ramp's id of a transfer, or the brokerage's of a journal or wire. */
  providerId?: string;
  expected: string;
  found: string;
  /** When the first report that had it was made. */
  firstSeenAt?: Instant;
};

/** Those of one withdrawal, and that its chain was not read; `null`: there is no report yet. */
export const differencesAbout = (
  report: Report | null,
  { id, network, asset }: Route & { id: WithdrawalId },
): readonly Difference[] | null =>
  report &&
  allDifferences(report).filter(
    ({ kind, what, withdrawalId }) =>
      withdrawalId === id || (kind === 'chain-unread' && what === `${network} ${asset}`),
  );

export type Period = { from: Instant; to: Instant };
/** A route whose chain could not be read, and since which report that is so. */
export type Unread = Route & { why: string; since: Instant };
/**
 * `finishedAt` is when all sides had been compared; reports of older code do not say. `unread`: what was not compared. It is
 * kept apart, for older code knows no such difference, and what differs may be more than is kept.
 */
export type Report = {
  period: Period;
  checkedAt: Instant;
  finishedAt?: Instant | undefined;
  differences: readonly Difference[];
  unread?: readonly Unread[] | undefined;
};

/** All in which the books are not known to agree: of a chain that was not read nobody may say that it does. */
export const allDifferences = ({ differences, unread = [] }: Report): readonly Difference[] => [
  ...unread.map(
    ({ network, asset, why, since }): Difference => ({
      kind: 'chain-unread',
      what: `${network} ${asset}`,
      expected: 'what our treasury paid and got there',
      found: why,
      firstSeenAt: since,
    }),
  ),
  ...differences,
];

/** An amount as people read it. They are never told one without its currency, or in a unit that they would have to divide. */
export const inMoney = (amount: bigint, currency: Currency): string =>
  amount < 0n ? `-${inMoney(-amount, currency)}` : `${formatAmount(amount, currency)} ${currency}`;
/** A ledger's blocks and balances do not say their currency, and a broken one is believed nothing else either. */
export const inSmallestUnit = (amount: bigint): string => `${amount} of the wallet’s smallest unit`;

/** No bigint: an amount says its currency before it is told to anybody. */
type Fact = string | number | boolean | null | undefined;
type Facts = Readonly<Record<string, Fact>>;

/** What a ledger says, with its amounts in words. */
export const ledgerFacts = (facts: Readonly<Record<string, Fact | bigint>>): Facts =>
  Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [
      name,
      typeof fact === 'bigint' ? inSmallestUnit(fact) : fact,
    ]),
  );

/** Compares facts by name: those of `expected` that differ, as text; `null` when all agree. */
export function unlike(expected: Facts, found: Facts): { expected: string; found: string } | null {
  const names = Object.keys(expected).filter((name) => expected[name] !== found[name]);
  if (names.length === 0) return null;
  const text = (facts: Facts) => names.map((name) => `${name} ${String(facts[name])}`).join(', ');
  return { expected: text(expected), found: text(found) };
}
