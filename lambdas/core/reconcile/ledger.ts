/**
 * A wallet's ledger against itself and against its withdrawals: the chain of hashes, the sums of double entry, the balance
 * that they lead to, and what is held for each withdrawal.
 */
import type { OperationId, WalletId } from '../kernel/ids.ts';
import { minor, minorMax } from '../kernel/money.ts';
import type { Instant } from '../kernel/time.ts';
import {
  type Account,
  type Balance,
  type Block,
  type EntryKind,
  emptyBalance,
  enter,
  fits,
  hashOf,
} from '../ledger/ledger.ts';
import type { Stage, Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Booked, Flow, Hold, Lost, WalletBook } from './books.ts';
import { type Difference, inMoney, inSmallestUnit, ledgerFacts, unlike } from './difference.ts';

/**
 * A block as it was read. One that cannot be read is as bad as one that is missing; the withdrawals that its row names all the
 * same are looked at.
 */
export type ReadBlock =
  | Block
  | { sequence: number; unreadable: string; mentions?: readonly OperationId[] };

/** A wallet's ledger after one of its blocks, which was made at `at`: its balance, and the holds that are open there. */
export type Place = { balance: Balance; at: Instant; holds: ReadonlyMap<OperationId, Flow> };

export const beginning = (walletId: WalletId): Place => ({
  balance: emptyBalance(walletId),
  at: 0 as Instant,
  holds: new Map(),
});

type Wrong = { expected: string; found: string };

/** Goes on from a place, block by block. */
export function foldFrom(start: Place) {
  let { balance, at } = start;
  const holds = new Map(start.holds);
  const linkOf = (block: Block): Wrong | null =>
    block.sequence === balance.version + 1
      ? unlike(
          { wallet: balance.walletId, before: balance.lastHash, hash: hashOf(block) },
          { wallet: block.walletId, before: block.prevHash, hash: block.hash },
        )
      : { expected: `block ${balance.version + 1}`, found: `block ${block.sequence}` };
  return {
    holds,
    balance: () => balance,
    place: (): Place => ({ balance, at, holds: new Map([...holds].filter(isOpen)) }),
    /** Enters the next block, or answers what is wrong with it and stays where it is. Holds that ended before `from` are not kept. */
    enter: (block: ReadBlock, from: Instant): Wrong | null => {
      if ('unreadable' in block) return { expected: 'a block', found: block.unreadable };
      const link = linkOf(block);
      if (link !== null) return link;
      let running = balance;
      for (const entry of block.entries) {
        if (!fits(running, entry))
          return {
            expected: 'an entry within the balance',
            found: `${entry.kind} ${inSmallestUnit(entry.amount)}`,
          };
        const step = enter(running, entry);
        const wrong = unlike(ledgerFacts({ ...step.entry }), ledgerFacts({ ...entry }));
        if (wrong !== null) return wrong;
        running = step.balance;
      }
      for (const { kind, sourceId, amount } of block.entries)
        if (kind !== 'CREDIT' && kind !== 'DEBIT')
          holds.set(sourceId, after(holds.get(sourceId) ?? none, kind, amount));
      if (block.at < from)
        for (const { sourceId } of block.entries)
          if (holds.get(sourceId)?.open === 0n) holds.delete(sourceId);
      balance = { ...running, version: block.sequence, lastHash: block.hash };
      at = block.at;
      return null;
    },
  };
}

const isOpen = ([, { open }]: readonly [OperationId, Flow]): boolean => open !== 0n;

/**
 * What was read of a wallet. `place`: the last one before the period; `null`: it was not reached in order. `isBehind`: there
 * are more blocks before the period than could be read for now.
 */
export type LedgerRead = WalletBook & { place: Place | null; isBehind: boolean };

export const blockDifference = (
  walletId: WalletId,
  sequence: number,
  { expected, found }: Wrong,
): Difference => {
  const what = `${walletId} block ${sequence}`;
  return { kind: 'ledger-block', what, walletId, expected, found };
};

export const balanceDifference = (running: Balance, balance: Balance): Difference | null => {
  const { walletId } = balance;
  const wrong = unlike(ledgerFacts({ ...running }), ledgerFacts({ ...balance }));
  return wrong === null ? null : { kind: 'wallet-balance', what: walletId, walletId, ...wrong };
};

/**
 * Reads a wallet's blocks in order, from behind `start` to the one that its balance names. The first block that is wrong is the
 * difference, for every later one rests on it. Holds that ended before `from` are not kept. `mayGoOn` is asked before each
 * block of before the period.
 */
export async function readLedger(
  balance: Balance,
  blocks: AsyncIterable<ReadBlock>,
  from: Instant,
  start: Place = beginning(balance.walletId),
  mayGoOn: () => boolean = () => true,
): Promise<LedgerRead> {
  const { walletId } = balance;
  const fold = foldFrom(start);
  const broken = (wrong: Wrong): LedgerRead => {
    const difference = blockDifference(walletId, fold.balance().version + 1, wrong);
    return { walletId, difference, holds: null, place: null, isBehind: false };
  };
  let place: Place | null = null;
  for await (const block of blocks) {
    if ('unreadable' in block || block.at >= from) place ??= fold.place();
    else if (place === null && !mayGoOn())
      return { walletId, difference: null, holds: null, place: fold.place(), isBehind: true };
    const wrong = fold.enter(block, from);
    if (wrong !== null) return broken(wrong);
  }
  const running = fold.balance();
  if (running.version < balance.version)
    return broken({ expected: `block ${running.version + 1}`, found: 'none' });
  const difference = balanceDifference(running, balance);
  return { walletId, difference, holds: fold.holds, place: place ?? fold.place(), isBehind: false };
}

/** The balance before a block, as the block itself says; `null`: there can be none. */
export function claimedBefore({ walletId, sequence, prevHash, entries }: Block): Balance | null {
  const [first] = entries;
  if (first === undefined) return null;
  const { debit, credit, amount } = first;
  const before = (account: Account, after: bigint): bigint =>
    after + (debit === account ? amount : 0n) - (credit === account ? amount : 0n);
  const available = before('wallet:available', first.availableAfter);
  const held = before('wallet:held', first.heldAfter);
  const isAmount = (value: bigint): boolean => value >= 0n && value <= minorMax;
  if (!isAmount(available) || !isAmount(held)) return null;
  return {
    walletId,
    version: sequence - 1,
    lastHash: prevHash,
    available: minor(available),
    held: minor(held),
    entries: first.sequence - 1,
  };
}

const none: Flow = { open: 0n, spent: 0n, fee: 0n, ended: null, funded: 0n, returned: 0n };

function after(before: Flow, kind: EntryKind, amount: bigint): Flow {
  const open = before.open - amount;
  const spent = before.spent + amount;
  switch (kind) {
    case 'CREDIT':
    case 'DEBIT':
      return before;
    case 'HOLD':
      return { ...before, open: before.open + amount, spent: 0n, fee: 0n, ended: null };
    case 'PAYOUT':
      return { ...before, open, spent, ended: 'PAYOUT' };
    case 'FEE':
      return { ...before, open, spent, fee: before.fee + amount, ended: 'PAYOUT' };
    case 'RELEASE':
      return { ...before, open, ended: 'RELEASE' };
    case 'FUND':
      return { ...before, funded: before.funded + amount };
    case 'RETURN':
      return { ...before, returned: before.returned + amount };
    default:
      return kind satisfies never;
  }
}

const holding: readonly Stage[] = [
  'reserved',
  'converting',
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'refunding',
];

/** What the ledger has to hold for a withdrawal in this stage; `null`: only that nothing is open. */
function expectedOf(withdrawal: Withdrawal): Hold | null {
  const { stage, amount } = withdrawal;
  const standsIn = withdrawal.stage === 'review' ? withdrawal.heldFrom : stage;
  if (holding.includes(standsIn)) return { open: amount, spent: 0n, fee: 0n, ended: null };
  switch (stage) {
    case 'settled':
      return { open: 0n, spent: amount, fee: withdrawal.fee, ended: 'PAYOUT' };
    case 'refunded':
      return { open: 0n, spent: 0n, fee: 0n, ended: 'RELEASE' };
    default:
      return null; // It may have been rejected or cancelled before it was held, or after.
  }
}

/** Compares the holds of one wallet with its withdrawals. `isStill`: as in core/reconcile/chain.ts. */
export function holdDifferences(
  { walletId, holds }: WalletBook,
  booked: readonly Booked[],
  lost: Lost,
  isStill: (withdrawal: Withdrawal) => boolean,
): Difference[] {
  if (holds === null) return [];
  const differences: Difference[] = [];
  const known = new Set<OperationId>(lost.withdrawals);
  for (const { withdrawal } of booked) {
    known.add(withdrawal.id);
    if (!isStill(withdrawal)) continue;
    const found = holds.get(withdrawal.id) ?? none;
    const expected = expectedOf(withdrawal);
    const money = (amount: bigint): string => inMoney(amount, withdrawal.currency);
    const facts = ({ open, spent, fee, ended }: Hold) => ({
      ...{ open: money(open), spent: money(spent), fee: money(fee), ended },
    });
    const wrong =
      expected === null
        ? unlike({ open: money(0n) }, { open: money(found.open) })
        : unlike(facts(expected), facts(found));
    if (wrong === null) continue;
    const { id } = withdrawal;
    differences.push({ kind: 'hold', what: id, withdrawalId: id, walletId, ...wrong });
  }
  for (const [id, { open }] of holds) {
    if (open === 0n || known.has(id)) continue;
    const found = `${inSmallestUnit(open)} held`;
    differences.push({ kind: 'hold', what: id, walletId, expected: 'a withdrawal', found });
  }
  return differences;
}
