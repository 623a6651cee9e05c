/**
 * The ledger of a wallet: double entry, in blocks. A block holds the entries of one transaction and the hash of the
 * block before it, so that a changed or missing entry shows. A balance is the sum of the entries.
 */
import { type OperationId, sha256, type WalletId } from '../kernel/ids.ts';
import { add, type Minor, minor, minorMax, subtract } from '../kernel/money.ts';
import type { Place } from '../kernel/place.ts';
import type { Instant } from '../kernel/time.ts';

export const accountNames = [
  'wallet:available',
  'wallet:held',
  'external:deposit',
  'external:brokerage',
  'external:payout',
  'fees',
] as const;
export type Account = (typeof accountNames)[number];

/**
 * CREDIT and DEBIT are asked for by clients; a withdrawal makes a HOLD, then PAYOUT and FEE, or RELEASE. When the wallet's
 * money is at a brokerage, FUND comes before the hold, and RETURN after its release.
 */
export const entryKinds = [
  'CREDIT',
  'DEBIT',
  'HOLD',
  'PAYOUT',
  'FEE',
  'RELEASE',
  'FUND',
  'RETURN',
] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Moves `amount` between the two accounts of its kind, for the withdrawal or transaction `sourceId`. */
export type Posting = { kind: EntryKind; amount: Minor; sourceId: OperationId };
export type Entry = Posting & {
  sequence: number;
  debit: Account;
  credit: Account;
  availableAfter: Minor;
  heldAfter: Minor;
};

/** `version` is the number of blocks so far, for every write of a balance writes one block. */
export type Balance = {
  walletId: WalletId;
  available: Minor;
  held: Minor;
  version: number;
  entries: number;
  lastHash: string;
  /** The wallet was suspended when this was read, as the balance's own item says: no block may hold or credit anything then. */
  suspended?: true;
  /**
   * Up to here the list of the wallet's withdrawals has been taken: whatever stands there waits no longer, or waits in the inbox, or
   * came into the list late and is named by a doorbell. Absent: only older code has written this balance.
   */
  takenUpTo?: Place;
};

export type Block = {
  walletId: WalletId;
  sequence: number;
  at: Instant;
  entries: readonly Entry[];
  prevHash: string;
  hash: string;
};

export const genesisHash = '0'.repeat(64);

const accounts: Record<EntryKind, { debit: Account; credit: Account }> = {
  CREDIT: { debit: 'external:deposit', credit: 'wallet:available' },
  DEBIT: { debit: 'wallet:available', credit: 'external:deposit' },
  HOLD: { debit: 'wallet:available', credit: 'wallet:held' },
  PAYOUT: { debit: 'wallet:held', credit: 'external:payout' },
  FEE: { debit: 'wallet:held', credit: 'fees' },
  RELEASE: { debit: 'wallet:held', credit: 'wallet:available' },
  FUND: { debit: 'external:brokerage', credit: 'wallet:available' },
  RETURN: { debit: 'wallet:available', credit: 'external:brokerage' },
};

/** The balance of a wallet that has no block yet. */
export const emptyBalance = (walletId: WalletId): Balance => ({
  walletId,
  available: minor(0n),
  held: minor(0n),
  version: 0,
  entries: 0,
  lastHash: genesisHash,
});

/**
 * Whether no balance falls below 0 when the posting is entered, nor `available` and `held` together rise above `most`: what
 * is held may be released, so the bound is for the sum that may come to be available.
 */
export function fits(balance: Balance, posting: Posting, most: Minor = minorMax): boolean {
  const { debit, credit } = accounts[posting.kind];
  const leaves = balanceOf(balance, debit);
  if (leaves !== null && leaves < posting.amount) return false;
  const isNew = leaves === null && balanceOf(balance, credit) !== null;
  return !isNew || balance.available + balance.held + posting.amount <= most;
}

const balanceOf = (balance: Balance, account: Account): Minor | null =>
  account === 'wallet:available'
    ? balance.available
    : account === 'wallet:held'
      ? balance.held
      : null;

/** The balance after one posting, and its entry. Throws RangeError when a balance would fall below 0: ask `fits` first. */
export function enter(balance: Balance, posting: Posting): { balance: Balance; entry: Entry } {
  const { debit, credit } = accounts[posting.kind];
  let { available, held } = balance;
  if (debit === 'wallet:available') available = subtract(available, posting.amount);
  if (debit === 'wallet:held') held = subtract(held, posting.amount);
  if (credit === 'wallet:available') available = add(available, posting.amount);
  if (credit === 'wallet:held') held = add(held, posting.amount);
  const sequence = balance.entries + 1;
  const entry = { ...posting, sequence, debit, credit, availableAfter: available, heldAfter: held };
  return { balance: { ...balance, available, held, entries: sequence }, entry };
}

/** The wallet's next block, with the postings in this order, and the balance after it. Throws as `enter` does. */
export function post(
  before: Balance,
  postings: readonly Posting[],
  at: Instant,
): { balance: Balance; block: Block } {
  let balance = before;
  const entries: Entry[] = [];
  for (const posting of postings) {
    const step = enter(balance, posting);
    balance = step.balance;
    entries.push(step.entry);
  }
  const content = {
    walletId: before.walletId,
    sequence: before.version + 1,
    at,
    entries,
    prevHash: before.lastHash,
  };
  const block: Block = { ...content, hash: hashOf(content) };
  return { balance: { ...balance, version: block.sequence, lastHash: block.hash }, block };
}

/** The SHA-256 of a block's content, in hex; whoever has the entries can compute it again. */
export function hashOf(content: Omit<Block, 'hash'>): string {
  const entries = content.entries.map((entry) => [
    entry.sequence,
    entry.kind,
    entry.debit,
    entry.credit,
    entry.amount.toString(),
    entry.availableAfter.toString(),
    entry.heldAfter.toString(),
    entry.sourceId,
  ]);
  const { walletId, sequence, at, prevHash } = content;
  return sha256(JSON.stringify([prevHash, walletId, sequence, at, entries]));
}

/** An entry with the time and the hash of its block. */
export type LedgerEntry = Entry & { at: Instant; blockHash: string };
