/**
 * Reads wallets for a run: each from its checkpoint on, so that what is before the period is not read again. A checkpoint only
 * saves reads: it has to fit the block that it was taken at, and is a difference where it does not.
 */
import type { OperationId, WalletId } from '../kernel/ids.ts';
import { eachSideBySide } from '../kernel/side-by-side.ts';
import type { Instant } from '../kernel/time.ts';
import { type Balance, type Block, hashOf } from '../ledger/ledger.ts';
import type { Unreadable, WalletBook } from './books.ts';
import { type Difference, inSmallestUnit, ledgerFacts, unlike } from './difference.ts';
import {
  balanceDifference,
  beginning,
  blockDifference,
  claimedBefore,
  foldFrom,
  type LedgerRead,
  type Place,
  type ReadBlock,
  readLedger,
} from './ledger.ts';
import { readSideBySide, readTogether } from './limits.ts';
import type { Books, Standing } from './ports.ts';

export type WalletReads = {
  wallets: WalletBook[];
  /** What the blocks of the period and the open holds name. */
  named: Set<OperationId>;
  unreadable: Unreadable[];
  /** Of checkpoints. */
  differences: Difference[];
  /** Wallets whose holds are not known yet, for the blocks before the period were more than could be read. */
  behind: number;
  blocks: number;
};

export const nothingRead = (): WalletReads => ({
  wallets: [],
  named: new Set(),
  unreadable: [],
  differences: [],
  behind: 0,
  blocks: 0,
});

/** How far a run may go: `mayCatchUp` before each block of before the period, `onTime` throws when the run has to give up. */
export type Pace = {
  from: Instant;
  /** Their checkpoints are wrong, and already said to be. */
  doubted: ReadonlySet<WalletId>;
  mayCatchUp(): boolean;
  onTime(): void;
};

/** Adds what is read of these wallets. */
export async function readWallets(
  books: Books,
  ids: readonly WalletId[],
  pace: Pace,
  reads: WalletReads,
): Promise<void> {
  for (let first = 0; first < ids.length; first += readTogether) {
    pace.onTime();
    const standings = await books.standings(ids.slice(first, first + readTogether));
    await eachSideBySide(standings, readSideBySide, (one) => readOne(books, one, pace, reads));
  }
}

async function readOne(books: Books, one: Standing, pace: Pace, reads: WalletReads) {
  const { walletId, balance } = one;
  if (balance === null || 'row' in balance) {
    reads.unreadable.push(balance ?? noBalance(walletId));
    for (const id of namesIn(await periodOf(books, one, pace, reads))) reads.named.add(id);
    return;
  }
  const { place, ...read } = await ledgerOf(books, one, balance, pace, reads);
  const { holds, isBehind } = read;
  // Of a wallet whose holds are not known the blocks of the period are read all the same, for what they name and for themselves.
  const period = holds === null ? await periodOf(books, one, pace, reads) : [];
  for (const id of holds?.keys() ?? namesIn(period)) reads.named.add(id);
  if (isBehind) reads.behind += 1;
  const difference = isBehind ? differenceIn(period, balance) : read.difference;
  reads.wallets.push({ walletId, difference, holds });
  const kept = one.checkpoint;
  const isBelieved = kept === null || !('unreadable' in kept);
  const before = isBelieved ? (kept?.balance.version ?? 0) : Number.POSITIVE_INFINITY;
  if (place !== null && place.balance.version > before) await books.keep('checkpoint', place);
}

const noBalance = (walletId: WalletId): Unreadable => ({
  row: `WAL#${walletId} BALANCE`,
  why: 'there is none',
  withdrawalId: null,
  transferId: null,
  memos: [],
});

async function ledgerOf(
  books: Books,
  standing: Standing,
  balance: Balance,
  { from, doubted, mayCatchUp }: Pace,
  reads: WalletReads,
): Promise<LedgerRead> {
  const { checkpoint } = standing;
  const { walletId, version } = balance;
  const count = async function* (blocks: AsyncIterable<ReadBlock>) {
    for await (const block of blocks) {
      reads.blocks += 1;
      yield block;
    }
  };
  const whole = () =>
    readLedger(balance, count(books.blocks(standing, 1, version)), from, undefined, mayCatchUp);
  if (checkpoint === null || ('at' in checkpoint && checkpoint.at >= from)) return whole();
  if (doubted.has(walletId)) return { ...(await whole()), place: null };
  /** It stays as it is, so that it is found by every run until a person has looked. */
  const misfit = async (wrong: { expected: string; found: string }): Promise<LedgerRead> => {
    reads.differences.push(checkpointDifference(walletId, wrong));
    return { ...(await whole()), place: null };
  };
  if ('unreadable' in checkpoint)
    return misfit({ expected: 'a checkpoint', found: checkpoint.unreadable });
  const sum = sumOf(checkpoint);
  if (sum !== checkpoint.balance.held)
    return misfit({
      expected: `${inSmallestUnit(checkpoint.balance.held)} held`,
      found: `${inSmallestUnit(sum)} in holds`,
    });
  const { version: kept } = checkpoint.balance;
  if (version < kept)
    return misfit({ expected: `at most version ${version}`, found: `version ${kept}` });
  if (
    version === kept &&
    unlike(ledgerFacts({ ...balance }), ledgerFacts({ ...checkpoint.balance })) === null
  ) {
    const { holds } = checkpoint;
    return { walletId, difference: null, holds, place: null, isBehind: false };
  }
  // The block at which it was taken says the same.
  const blocks = count(books.blocks(standing, kept, version))[Symbol.asyncIterator]();
  const own = await blocks.next();
  const wrong = unlikeOwn(checkpoint, own.done === true ? undefined : own.value);
  if (wrong !== null) {
    await blocks.return?.(undefined);
    return misfit(wrong);
  }
  const rest = { [Symbol.asyncIterator]: () => blocks };
  return readLedger(balance, rest, from, checkpoint, mayCatchUp);
}

const sumOf = ({ holds }: Place): bigint =>
  [...holds.values()].reduce((sum, { open }) => sum + open, 0n);

export const checkpointDifference = (
  walletId: WalletId,
  { expected, found }: { expected: string; found: string },
): Difference => {
  const what = `${walletId} checkpoint`;
  return { kind: 'ledger-block', what, walletId, expected, found };
};

/** What is wrong with a checkpoint, or with the block at which it was taken. */
function unlikeOwn({ balance, at }: Place, own: ReadBlock | undefined) {
  if (own === undefined) return { expected: `block ${balance.version}`, found: 'none' };
  if ('unreadable' in own) return { expected: 'a block', found: own.unreadable };
  const last = own.entries.at(-1);
  return unlike(
    ledgerFacts({
      version: own.sequence,
      lastHash: hashOf(own),
      hash: own.hash,
      at: own.at,
      available: last?.availableAfter,
      held: last?.heldAfter,
      entries: last?.sequence,
    }),
    ledgerFacts({
      version: balance.version,
      lastHash: balance.lastHash,
      hash: balance.lastHash,
      at,
      available: balance.available,
      held: balance.held,
      entries: balance.entries,
    }),
  );
}

/** The blocks of the period, oldest first, read from the newest back to the first that is older. */
async function periodOf(
  books: Books,
  standing: Standing,
  { from, onTime }: Pace,
  reads: WalletReads,
): Promise<ReadBlock[]> {
  const period: ReadBlock[] = [];
  for await (const block of books.blocksBack(standing)) {
    reads.blocks += 1;
    if (!('unreadable' in block) && block.at < from) break;
    period.push(block);
    if (period.length % readTogether === 0) onTime();
  }
  return period.reverse();
}

const namesIn = (blocks: readonly ReadBlock[]): OperationId[] =>
  blocks.flatMap((one) =>
    'unreadable' in one ? (one.mentions ?? []) : one.entries.map(({ sourceId }) => sourceId),
  );

/** What is wrong with the blocks of the period by themselves, and with the balance after them. */
function differenceIn(period: readonly ReadBlock[], balance: Balance): Difference | null {
  const first = period.find((one): one is Block => !('unreadable' in one));
  if (first === undefined) return null;
  const { walletId } = balance;
  const before = claimedBefore(first);
  if (before === null) {
    const wrong = { expected: 'a block after a balance', found: 'one after none' };
    return blockDifference(walletId, first.sequence, wrong);
  }
  const fold = foldFrom({ ...beginning(walletId), balance: before });
  for (const block of period) {
    const wrong = fold.enter(block, 0 as Instant);
    if (wrong !== null) return blockDifference(walletId, fold.balance().version + 1, wrong);
  }
  return balanceDifference(fold.balance(), balance);
}
