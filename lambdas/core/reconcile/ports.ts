/** The port of our own books. Reads are bounded: by the wallets, by what is open, and by what the period and others name. */
import type { WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Balance } from '../ledger/ledger.ts';
import type { WireStore } from '../store/store.ts';
import type { Booked, Unreadable } from './books.ts';
import type { Place, ReadBlock } from './ledger.ts';

/** Where a page goes on, as the store has it. */
export type Mark = Readonly<Record<string, unknown>>;

/** A place in a wallet's ledger that was kept; `unreadable` says why it cannot be what we kept. */
export type Kept = Place | { unreadable: string } | null;
/** `checkpoint` is before the period; up to `rechecked` the chain was verified once more, from its first block on. */
export type PlaceName = 'checkpoint' | 'rechecked';
/** A wallet as a run begins with it. `null`: there is no balance. `tail`: the blocks that stood in its item then. */
export type Standing = {
  walletId: WalletId;
  balance: Balance | Unreadable | null;
  tail: readonly ReadBlock[];
  checkpoint: Kept;
};

/** A page of the whole table. */
export type TablePage = {
  /** Wallets that have a row with an entry in the index of wallets, or did not have it and have it now. */
  listed: readonly WalletId[];
  mended: number;
  /** Wallets that have a balance, or a row that cannot have an entry. */
  balances: readonly WalletId[];
  /** Withdrawals that have not ended, or have since; and those that cannot be read. */
  withdrawals: readonly WithdrawalId[];
  unreadable: readonly WithdrawalId[];
  next: Mark | null;
};

/** How far the slow ways are, and what they have found that is looked at again in each run. */
export type Rounds = {
  /** Counts the writes. */
  version: number;
  /** The round through the table that is under way; when the last one that went round began. */
  table: { began: Instant; mark: Mark | null } | null;
  tableBegan: Instant | null;
  /** The same of the chains: behind which wallet the next one comes, and up to which block the present one is verified. */
  chains: { began: Instant; mark: Mark | null; walletId: WalletId | null; upTo: number } | null;
  chainsBegan: Instant | null;
  /** Withdrawals that could not be read, wallets that no index names, and wallets whose chain is wrong. */
  unreadable: readonly WithdrawalId[];
  unlisted: readonly WalletId[];
  broken: readonly WalletId[];
};
/** Nothing of it has been done. */
export const noRounds: Rounds = {
  version: 0,
  table: null,
  tableBegan: null,
  chains: null,
  chainsBegan: null,
  unreadable: [],
  unlisted: [],
  broken: [],
};

export type Books = Pick<WireStore, 'claims'> & {
  /** The wallets that their index names, in its order, from behind this place on. */
  wallets(
    after: Mark | null,
  ): AsyncIterable<{ ids: readonly WalletId[]; markOf(id: WalletId): Mark }>;
  standings(ids: readonly WalletId[]): Promise<Standing[]>;
  /** A wallet's blocks from one to another, in order; and all of them backwards, the newest first. */
  blocks(of: Standing, from: number, upTo: number): AsyncIterable<ReadBlock>;
  blocksBack(of: Standing): AsyncIterable<ReadBlock>;
  /** All withdrawals that have not ended, as their index names them. */
  open(): AsyncIterable<readonly WithdrawalId[]>;
  /** The withdrawals that have ended since then without having been held, as their index names them. */
  unheld(since: Instant): AsyncIterable<readonly WithdrawalId[]>;
  /** Those of these withdrawals that exist. */
  named(ids: readonly WithdrawalId[]): Promise<(Booked | Unreadable)[]>;
  /** The withdrawals that have recorded a wire with one of these memos. */
  wiredAs(memos: readonly string[]): Promise<WithdrawalId[]>;
  /** The next page of the table. It gives wallets and wires of older code their entries in the indexes. */
  page(mark: Mark | null, since: Instant): Promise<TablePage>;
  rechecked(walletId: WalletId): Promise<Kept>;
  /** Keeps a place. A checkpoint never goes back. */
  keep(name: PlaceName, place: Place): Promise<void>;
  rounds(): Promise<Rounds>;
  /** Keeps how far the slow ways are, unless another run has kept it meanwhile. */
  keepRounds(rounds: Rounds): Promise<void>;
};
