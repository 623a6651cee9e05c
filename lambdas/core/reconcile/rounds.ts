/**
 * The slow ways of reconciliation, each of which goes on from where it was, some pages in every run: round through the whole
 * table, for what no index and nobody names, and round over all chains, from their first block on to the checkpoint.
 */
import type { WalletId, WithdrawalId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import { type Difference, ledgerFacts, unlike } from './difference.ts';
import { beginning, blockDifference, foldFrom, type Place } from './ledger.ts';
import { lookedAtAgainMax, readTogether } from './limits.ts';
import type { Books, Rounds, Standing } from './ports.ts';
import { checkpointDifference } from './wallets.ts';

export type Span = { pages: number; mayGoOn(): boolean };

export type TableFound = {
  wallets: Set<WalletId>;
  balances: Set<WalletId>;
  withdrawals: Set<WithdrawalId>;
  unreadable: Set<WithdrawalId>;
  mended: number;
  pages: number;
};

/**
 * Goes on through the table, and begins anew when it is round, but never twice in a run. Until it has been round once it does not
 * stop by itself. `isWhole`: it has been round at some time.
 */
export async function goRound(
  books: Books,
  rounds: Rounds,
  since: Instant,
  now: Instant,
  { pages, mayGoOn }: Span,
): Promise<{ found: TableFound; rounds: Rounds; isWhole: boolean }> {
  const found: TableFound = {
    wallets: new Set(),
    balances: new Set(),
    withdrawals: new Set(),
    unreadable: new Set(),
    mended: 0,
    pages: 0,
  };
  const isFirst = rounds.tableBegan === null;
  const began = rounds.table?.began ?? now;
  let mark = rounds.table?.mark ?? null;
  while (mayGoOn() && (isFirst || found.pages < pages)) {
    const page = await books.page(mark, since);
    found.pages += 1;
    found.mended += page.mended;
    for (const id of page.listed) found.wallets.add(id);
    for (const id of page.balances) found.balances.add(id);
    for (const id of page.withdrawals) found.withdrawals.add(id);
    for (const id of page.unreadable) found.unreadable.add(id);
    mark = page.next;
    if (mark === null)
      return { found, rounds: { ...rounds, table: null, tableBegan: began }, isWhole: true };
  }
  return { found, rounds: { ...rounds, table: { began, mark } }, isWhole: !isFirst };
}

/** `doubted`: wallets whose checkpoint is not where their blocks lead to. */
export type ChainsFound = {
  differences: Difference[];
  doubted: Set<WalletId>;
  blocks: number;
};

/** Verifies chains from their first block up to their checkpoint, and those that were wrong again where they were. */
export async function goOverChains(
  books: Books,
  rounds: Rounds,
  now: Instant,
  { pages: blocksMax, mayGoOn }: Span,
): Promise<{ found: ChainsFound; rounds: Rounds }> {
  const found: ChainsFound = { differences: [], doubted: new Set(), blocks: 0 };
  const left = (): boolean => mayGoOn() && found.blocks < blocksMax;
  const broken = new Set<WalletId>();
  const verify = async (standing: Standing, start: Place) => {
    const { walletId } = standing;
    const end = await verifyChain(books, standing, start, left, found);
    if (end.is === 'wrong') broken.add(walletId);
    if (end.is !== 'right') await books.keep('rechecked', end.place);
    return end;
  };
  const startOf = async (walletId: WalletId): Promise<Place> => {
    const kept = await books.rechecked(walletId);
    return kept === null || 'unreadable' in kept ? beginning(walletId) : kept;
  };
  // What was wrong is reported for as long as it is, whatever else there is to verify.
  for (const standing of await books.standings(rounds.broken)) {
    const { walletId } = standing;
    const end = await verify(standing, await startOf(walletId));
    if (end.is === 'unfinished') broken.add(walletId);
  }
  const began = rounds.chains?.began ?? now;
  let { mark, walletId: resumed, upTo } = rounds.chains ?? { mark: null, walletId: null, upTo: 0 };
  const at = (): Rounds => ({
    ...rounds,
    chains: { began, mark, walletId: resumed, upTo },
    broken: [...broken].slice(0, lookedAtAgainMax),
  });
  for await (const { ids, markOf } of books.wallets(mark)) {
    for (let first = 0; first < ids.length; first += readTogether) {
      const some = ids.slice(first, first + readTogether);
      for (const standing of await books.standings(some)) {
        const { walletId } = standing;
        if (!left()) return { found, rounds: at() };
        if (!broken.has(walletId)) {
          const own = walletId === resumed ? await startOf(walletId) : null;
          // A place that was not kept for this round is not gone on from.
          const start = own?.balance.version === upTo ? own : beginning(walletId);
          const end = await verify(standing, start);
          if (end.is === 'unfinished') {
            resumed = walletId;
            upTo = end.place.balance.version;
            return { found, rounds: at() };
          }
        }
        mark = markOf(walletId);
        resumed = null;
        upTo = 0;
      }
    }
  }
  return { found, rounds: { ...at(), chains: null, chainsBegan: began } };
}

type End = { is: 'right' } | { is: 'wrong' | 'unfinished'; place: Place };

/** Only a wallet with a checkpoint has blocks that a run does not read. */
async function verifyChain(
  books: Books,
  standing: Standing,
  start: Place,
  mayGoOn: () => boolean,
  found: ChainsFound,
): Promise<End> {
  const { walletId, balance, checkpoint } = standing;
  // One that cannot be read, or is from behind the end, is found by whoever reads the wallet (wallets.ts).
  if (checkpoint === null || 'unreadable' in checkpoint) return { is: 'right' };
  const { version } = checkpoint.balance;
  if (balance !== null && 'version' in balance && balance.version < version) return { is: 'right' };
  const from = start.balance.version <= version ? start : beginning(walletId);
  const fold = foldFrom(from);
  const wrong = (difference: Difference): End => {
    found.differences.push(difference);
    return { is: 'wrong', place: fold.place() };
  };
  if (from.balance.version < version)
    for await (const block of books.blocks(standing, from.balance.version + 1, version)) {
      found.blocks += 1;
      const reason = fold.enter(block, Number.POSITIVE_INFINITY as Instant);
      if (reason !== null)
        return wrong(blockDifference(walletId, fold.balance().version + 1, reason));
      if (!mayGoOn() && fold.balance().version < version)
        return { is: 'unfinished', place: fold.place() };
    }
  const reached = fold.balance();
  if (reached.version < version) {
    const none = { expected: `block ${reached.version + 1}`, found: 'none' };
    return wrong(blockDifference(walletId, reached.version + 1, none));
  }
  const unlikeKept = unlike(factsOf(fold.place()), factsOf(checkpoint));
  if (unlikeKept === null) return { is: 'right' };
  found.doubted.add(walletId);
  return wrong(checkpointDifference(walletId, unlikeKept));
}

/** A place as facts that can be compared, with each hold by its id. */
function factsOf({ balance, at, holds }: Place) {
  const facts = [...holds].map(([id, { open, spent, fee, funded, returned }]) => [
    id,
    `${[open, spent, fee, funded, returned].join(' ')} of the wallet’s smallest unit`,
  ]);
  return ledgerFacts({ ...balance, at, holds: holds.size, ...Object.fromEntries(facts) });
}
