/**
 * Reconciliation: our books, the brokerage, the on-ramp and the chain side by side. It finds where they do not agree, and
 * changes nothing. Money that is under way is no difference before it has stood still for too long.
 */
import type { WithdrawalId } from '../kernel/ids.ts';
import { wireArrivalMs } from '../kernel/limits.ts';
import { comparable, routeKey } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Transfer } from '../on-ramp/provider.ts';
import { needsOnRamp, type Stage, type Withdrawal } from '../withdrawal/withdrawal.ts';
import {
  type Booked,
  type ChainBook,
  isConverted,
  type Lost,
  type Unreadable,
  type WalletBook,
} from './books.ts';
import { type BrokerageBook, journalDifferences } from './brokerage.ts';
import { payoutDifferences } from './chain.ts';
import type { NotRead } from './chain-books.ts';
import { depositDifferences } from './deposits.ts';
import type { Difference, DifferenceKind, Period, Report } from './difference.ts';
import { holdDifferences } from './ledger.ts';
import { conversionDifferences } from './on-ramp.ts';
import { withoutStock } from './stock.ts';
import { type WireBook, wireDifferences } from './wires.ts';

/** What the systems say, read after `startedAt`, withdrawals last: one that had stood still by then is alike in all. */
export type Truths = {
  period: Period;
  startedAt: Instant;
  /** How long money may be under way, in ms: longer than the slowest network takes to be final. */
  inFlightMs: number;
  /** All withdrawals that have not ended, or have ended since the period began. */
  booked: readonly Booked[];
  /** Withdrawals that ended before the period and that a journal's description names. */
  earlier: readonly Booked[];
  /** Withdrawals that ended before the period and one of whose wires was created or has changed in it. */
  wired: readonly Booked[];
  unreadable: readonly Unreadable[];
  wallets: readonly WalletBook[];
  /** Of our own ledgers: of checkpoints, and of old blocks that were verified once more. */
  differences: readonly Difference[];
  /** The on-ramp's transfers that were created in the period. */
  transfers: readonly Transfer[];
  /** The withdrawal that has claimed each of the transfers. */
  claims: ReadonlyMap<string, WithdrawalId>;
  chains: readonly ChainBook[];
  /** The chains that could not be read. */
  unread: readonly NotRead[];
  /** `null` where there is no brokerage. */
  brokerage: (BrokerageBook & WireBook) | null;
};

/** Compares what the systems say. From `previous` a difference that was found before keeps its `firstSeenAt`. */
export function reconcile(truths: Truths, checkedAt: Instant, previous: Report | null): Report {
  const { period, startedAt, inFlightMs, booked, wallets, transfers, claims, chains } = truths;
  const { brokerage, earlier, wired } = truths;
  const isOld = (at: number): boolean => at <= startedAt - inFlightMs;
  const isLong = (at: number): boolean => at <= startedAt - wireArrivalMs;
  const isStill = ({ updatedAt }: Withdrawal): boolean => isOld(updatedAt);
  const treasuries = new Map(
    chains
      .filter(isConverted)
      .map(({ network, treasury, formerPayers }) => [
        network,
        [comparable(treasury), ...formerPayers],
      ]),
  );
  const ofWallet = Map.groupBy(booked, ({ withdrawal }) => withdrawal.walletId);
  const lost: Lost = {
    withdrawals: new Set(truths.unreadable.flatMap(({ withdrawalId }) => withdrawalId ?? [])),
    transfers: new Set(truths.unreadable.flatMap(({ transferId }) => transferId ?? [])),
    memos: new Set(truths.unreadable.flatMap(({ memos }) => memos)),
  };
  const age = { period, isStill, isOld, isLong };
  const known = [...booked, ...wired];
  const { asked, stock } = withoutStock(transfers, claims, known, brokerage ?? noWires);
  const found = [
    ...truths.unreadable.map(
      ({ row, why, withdrawalId }): Difference => ({
        kind: 'unreadable',
        what: row,
        ...(withdrawalId === null ? {} : { withdrawalId }),
        expected: 'a row as we write it',
        found: why,
      }),
    ),
    ...booked.flatMap(withoutEffect),
    ...chains.flatMap((chain) => payoutDifferences(booked, chain, lost, isStill)),
    ...conversionDifferences(booked, asked, claims, treasuries, lost, period, isStill, isOld),
    ...depositDifferences(booked, transfers, chains, period, isStill),
    ...(brokerage === null
      ? []
      : [
          ...journalDifferences(brokerage, booked, earlier, wallets, lost, age),
          ...wireDifferences(brokerage, known, transfers, stock, lost, age),
        ]),
    ...truths.differences,
    ...wallets.flatMap((wallet) => [
      ...(wallet.difference === null ? [] : [wallet.difference]),
      ...holdDifferences(wallet, ofWallet.get(wallet.walletId) ?? [], lost, isStill),
    ]),
  ];
  const since = new Map(
    previous?.differences.map((one) => [nameOf(one), one.firstSeenAt ?? previous.checkedAt]),
  );
  const differences = [...found, ...stillUnread(truths, found, previous)].map((one) => ({
    ...one,
    firstSeenAt: since.get(nameOf(one)) ?? checkedAt,
  }));
  const unread = truths.unread.map((one) => ({
    ...one,
    since:
      previous?.unread?.find((before) => routeKey(before) === routeKey(one))?.since ?? checkedAt,
  }));
  return { period, checkedAt, differences, unread };
}

const noWires = { wires: [], wiresSince: 0 as Instant };

const nameOf = ({ kind, what, withdrawalId }: Difference): string =>
  `${kind} ${what} ${withdrawalId ?? ''}`;

/** What is found by reading a chain. */
const ofChains: readonly DifferenceKind[] = [
  'unknown-payout',
  'missing-payout',
  'wrong-payout',
  'unrecorded-payout',
  'paid-and-given-back',
  'transfer-differs',
  'deposit-differs',
  'deposit-claimed-twice',
];

/** What the chain did not agree with when it was read last: that it cannot be read now mends nothing. */
function stillUnread(
  { unread, booked }: Truths,
  found: readonly Difference[],
  previous: Report | null,
): Difference[] {
  if (unread.length === 0 || previous === null) return [];
  const names = new Set(found.map(nameOf));
  const networks = new Map(booked.map(({ withdrawal: { id, network } }) => [id, network]));
  return previous.differences.filter((one) => {
    const { kind, what, withdrawalId } = one;
    const on = withdrawalId && networks.get(withdrawalId);
    const isThere = ({ network }: NotRead): boolean =>
      on === network || what.startsWith(`${network} `);
    return ofChains.includes(kind) && unread.some(isThere) && !names.has(nameOf(one));
  });
}

const afterTransfer: readonly Stage[] = [
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'settled',
];

/** Effects that the stage needs and that are missing, at any age: both were written together, the stage was read first. */
function withoutEffect({ withdrawal, effect, journals, attempt }: Booked): Difference[] {
  const { stage, id } = withdrawal;
  const missing: string[] = [];
  const claimed = effect !== null && effect.transferId !== null;
  if (stage === 'debiting' && !journals.some(({ purpose }) => purpose === 'debit'))
    missing.push('a journal at the brokerage');
  if (needsOnRamp(withdrawal)) {
    if (stage === 'converting' && effect === null) missing.push('an on-ramp request');
    if (afterTransfer.includes(stage) && !claimed) missing.push('an on-ramp transfer');
  }
  if ('attempts' in withdrawal && withdrawal.attempts !== undefined && !attempt)
    missing.push(`payout attempt ${withdrawal.attempts}`);
  if (missing.length === 0) return [];
  const expected = `${missing.join(' and ')}, for it is ${stage}`;
  return [{ kind: 'state-without-effect', what: id, withdrawalId: id, expected, found: 'none' }];
}
