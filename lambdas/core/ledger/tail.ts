/**
 * Where a wallet's newest blocks are kept. A block is written together with its balance, and by itself it costs as much as that; so
 * small ones stay in the balance's own item, its tail, until they would make it dearer to write, and then become one row
 * together. (docs/decisions/0066-the-tail-of-a-ledger.md)
 */
import type { Instant } from '../kernel/time.ts';
import { type Balance, type Block, emptyBalance, type Posting, post } from './ledger.ts';

/** A balance as its own item has it. The blocks of its tail follow one another, and are in no row yet. */
export type BalanceItem = Balance & { tail: readonly Block[] };

export const emptyItem = (id: Balance['walletId']): BalanceItem => ({
  ...emptyBalance(id),
  tail: [],
});

/** A write unit pays for each started KB of an item (DynamoDB guide, "Read/write capacity"); the rest of a balance's item has 188 bytes. */
const tailBytesMax = 836;
/**
 * Blocks of one row at most, which is named after the first of them: who looks for a block looks in the row that can have it. What was
 * written once stays, so it may be raised and never lowered.
 */
export const blocksOfRowMax = 8;

/** The names of a row, its hash of before, and the sums before its first block. */
const rowBytes = 116;
/** A block's time and hash, and a posting's kind and source with the member that each of them is. */
const blockBytes = 50;
const postingBytes = 44;

/** No fewer bytes than these blocks take in an item. */
function bytesOf(blocks: readonly Block[]): number {
  const [first] = blocks[0]?.entries ?? [];
  const before = [first?.availableAfter, first?.heldAfter, first?.amount];
  const sums = before.reduce<number>((sum, amount) => sum + numberBytes(amount ?? 0n), 0);
  return blocks.reduce(
    (sum, { entries }) =>
      sum +
      blockBytes +
      entries.reduce((all, { amount }) => all + postingBytes + numberBytes(amount), 0),
    rowBytes + sums,
  );
}

/** A number takes a byte for two digits, and one more (DynamoDB guide, "DynamoDB item sizes and formats"). */
const numberBytes = (amount: bigint): number => Math.ceil(amount.toString().length / 2) + 1;

const isTail = (blocks: readonly Block[]): boolean =>
  blocks.length < blocksOfRowMax && bytesOf(blocks) <= tailBytesMax;

/**
 * The wallet's next block, with the postings in this order: the balance's item after it, and the blocks that become a row with it, if
 * any. A block that is too large for a tail becomes a row at once, with the tail before it.
 */
export function append(
  before: BalanceItem,
  postings: readonly Posting[],
  at: Instant,
): { to: BalanceItem; row: readonly Block[] } {
  const { tail } = before;
  const { balance, block } = post(before, postings, at);
  const to = (rest: readonly Block[]): BalanceItem => ({ ...balance, tail: rest });
  // Code that knows no tail writes each block as a row, and leaves the tail behind.
  const follows = (tail.at(-1)?.sequence ?? before.version) === before.version;
  const grown = [...tail, block];
  if (follows && isTail(grown)) return { to: to(grown), row: [] };
  if (isTail([block])) return { to: to([block]), row: tail };
  return follows ? { to: to([]), row: grown } : { to: to(tail), row: [block] };
}
