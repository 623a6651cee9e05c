/**
 * Reads our own books for the time since `from`: all wallets, each from its checkpoint on, and the withdrawals that have not ended
 * or that somebody names: the blocks of the period, open holds, journals, wires, and what the slow ways find.
 */
import { UnavailableError } from '../kernel/errors.ts';
import type { WalletId, WithdrawalId } from '../kernel/ids.ts';
import { count, type Measure } from '../kernel/measure.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Booked, Unreadable, WalletBook } from './books.ts';
import type { Difference } from './difference.ts';
import { type Effort, lookedAtAgainMax } from './limits.ts';
import type { Books, Rounds } from './ports.ts';
import { type ChainsFound, goOverChains, goRound, type TableFound } from './rounds.ts';
import { nothingRead, type Pace, readWallets, type WalletReads } from './wallets.ts';
import { type Found, idIn, isOpenSince, isUnreadable, readWithdrawals } from './withdrawals.ts';

/** What others say of our withdrawals: the memos of wires, and the descriptions of journals. */
export type Names = { memos: ReadonlySet<string>; described: ReadonlySet<WithdrawalId> };
export type OurBooks = {
  /** Those that have not ended, or have since. */
  booked: Booked[];
  /** Those that had ended, and that a journal or a wire names. */
  earlier: Booked[];
  wired: Booked[];
  unreadable: Unreadable[];
  wallets: WalletBook[];
  /** Of checkpoints and of old blocks. */
  differences: Difference[];
  rounds: Rounds;
  read: Read;
};
/** How much was read. */
export type Read = {
  wallets: number;
  withdrawals: number;
  blocks: number;
  behind: number;
  mended: number;
  pages: number;
};

export type OwnWorld = {
  books: Books;
  clock: Clock;
  effort: Effort;
  startedAt: Instant;
  /** Hears how far a run came that makes no report. */
  tell(measures: readonly Measure[]): void;
};

/** Throws UnavailableError when it runs out of time, or as long as the table was not read once as a whole. */
export async function readOurBooks(
  { books, clock, effort, startedAt, tell }: OwnWorld,
  from: Instant,
  names: Names,
): Promise<OurBooks> {
  const begun = clock.now();
  const isWithin = (since: Instant, ms: number) => (): boolean => clock.now() < since + ms;
  const isOnTime = isWithin(startedAt, effort.runMs);
  const onTime = (): void => {
    if (!isOnTime())
      throw new UnavailableError('our own books: there was no time to read them all');
  };
  const before = await books.rounds();
  const known = await indexed(books, onTime);
  const isFirst = before.tableBegan === null;
  const round = await goRound(books, before, from, begun, {
    pages: effort.tablePages,
    mayGoOn: isFirst ? isOnTime : isWithin(begun, effort.tableMs),
  });
  if (!round.isWhole) tell([count('reconcile-pages', round.found.pages)]);
  const since = isFirst ? await keepFirst(books, round) : round.rounds;
  const over = await goOverChains(books, since, clock.now(), {
    pages: effort.chainBlocks,
    mayGoOn: isWithin(clock.now(), effort.chainMs),
  });
  const more = unlistedIn(before, round.found, known);
  const reads = nothingRead();
  const mayCatchUp = isWithin(clock.now(), effort.catchUpMs);
  const { doubted } = over.found;
  const pace: Pace = { from, doubted, mayCatchUp: () => mayCatchUp() && isOnTime(), onTime };
  await readWallets(books, [...known, ...more], pace, reads);
  for (const id of more) known.add(id);
  const asked = await idsOf(books, from, names, onTime);
  const { withdrawals, unreadable } = round.found;
  for (const id of [...before.unreadable, ...withdrawals, ...unreadable]) asked.add(id);
  const found = await readWithdrawals(books, asked, known, pace, reads);
  return {
    ...sorted(found, from, names),
    unreadable: [...reads.unreadable, ...found.filter(isUnreadable)],
    wallets: reads.wallets,
    differences: withoutRepeats([...reads.differences, ...over.found.differences], reads),
    rounds: {
      ...over.rounds,
      unreadable: found.filter(isUnreadable).flatMap(idIn).slice(0, lookedAtAgainMax),
      unlisted: stillUnlisted(more, round.found, reads),
    },
    read: readOf(reads, found.length, round.found, over.found),
  };
}

/** The first round takes several runs where there is much, and what each of them has found is kept for the one that reports. */
async function keepFirst(
  books: Books,
  { found, rounds, isWhole }: Awaited<ReturnType<typeof goRound>>,
): Promise<Rounds> {
  const some = <Id>(...ids: Id[]): Id[] => [...new Set(ids)].slice(0, lookedAtAgainMax);
  const unlisted = [...found.balances].filter((id) => !found.wallets.has(id));
  const kept = {
    ...rounds,
    unreadable: some(...rounds.unreadable, ...found.unreadable),
    unlisted: some(...rounds.unlisted, ...unlisted),
  };
  await books.keepRounds(kept);
  if (!isWhole)
    throw new UnavailableError('our own books: they are read as a whole for the first time');
  return { ...kept, version: kept.version + 1 };
}

async function indexed(books: Books, onTime: () => void): Promise<Set<WalletId>> {
  const known = new Set<WalletId>();
  for await (const { ids } of books.wallets(null)) {
    onTime();
    for (const id of ids) known.add(id);
  }
  return known;
}

/** Wallets that the table has and their index does not name, or not yet. */
const unlistedIn = (
  { unlisted }: Rounds,
  { wallets, balances }: TableFound,
  known: ReadonlySet<WalletId>,
): WalletId[] =>
  [...new Set([...unlisted, ...wallets, ...balances])].filter((id) => !known.has(id));

/** Those that will not be in the index either, and are still there. */
function stillUnlisted(
  more: readonly WalletId[],
  { wallets }: TableFound,
  { unreadable }: WalletReads,
): WalletId[] {
  const gone = new Set(unreadable.map(({ row }) => row));
  return more
    .filter((id) => !wallets.has(id) && !gone.has(`WAL#${id} BALANCE`))
    .slice(0, lookedAtAgainMax);
}

async function idsOf(
  books: Books,
  from: Instant,
  names: Names,
  onTime: () => void,
): Promise<Set<WithdrawalId>> {
  const ids = new Set<WithdrawalId>(names.described);
  for (const list of [books.open(), books.unheld(from)])
    for await (const page of list) {
      onTime();
      for (const id of page) ids.add(id);
    }
  const memos = [...names.memos];
  // Only the memos that we choose ourselves contain the id.
  for (const memo of memos)
    for (const id of memo.match(idInMemo) ?? []) ids.add(id as WithdrawalId);
  const others = memos.filter((memo) => memo.search(idInMemo) === -1);
  for (const id of await books.wiredAs(others)) ids.add(id);
  return ids;
}

const idInMemo = /wd_[0-9a-hjkmnp-tv-z]{26}/;

function sorted(found: readonly Found[], from: Instant, { memos, described }: Names) {
  const all = found.filter((one): one is Booked => !isUnreadable(one));
  const ended = all.filter(({ withdrawal }) => !isOpenSince(withdrawal, from));
  return {
    booked: all.filter(({ withdrawal }) => isOpenSince(withdrawal, from)),
    earlier: ended.filter(({ withdrawal }) => described.has(withdrawal.id)),
    wired: ended.filter(({ wires }) => wires.some(({ memo }) => memos.has(memo))),
  };
}

/** Each by its kind and place once, and not what the wallet itself says already. */
function withoutRepeats(found: readonly Difference[], { wallets }: WalletReads): Difference[] {
  const nameOf = ({ kind, what }: Difference): string => `${kind} ${what}`;
  const said = new Set(wallets.flatMap(({ difference }) => difference ?? []).map(nameOf));
  const named = new Map(found.map((one) => [nameOf(one), one]));
  return [...named].flatMap(([name, one]) => (said.has(name) ? [] : [one]));
}

const readOf = (
  { wallets, blocks, behind }: WalletReads,
  withdrawals: number,
  { mended, pages }: TableFound,
  chains: ChainsFound,
): Read => ({
  wallets: wallets.length,
  withdrawals,
  blocks: blocks + chains.blocks,
  behind,
  mended,
  pages,
});
