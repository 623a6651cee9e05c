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

/** A write unit pays for each started KB of an item (DynamoDB guide, "Read/write capacity"). */
const itemBytesMax = 1_024;
/**
 * Blocks of one row at most, which is named after the first of them: who looks for a block looks in the row that can have it. What was
 * written once stays, so it may be raised and never lowered.
 */
export const blocksOfRowMax = 8;

/** What a balance's item has beside numbers and its tail, and what others write into it: a suspension, and how far its inbox is taken. */
const balanceBytes = 116 + 64;
/** The same of a tail beside its blocks, of a block beside its postings, and of a posting. */
const tailBytes = 102;
const blockBytes = 42;
const postingBytes = 44;
/** A number takes a byte for two digits, and one more (DynamoDB guide, "DynamoDB item sizes and formats"). */
const numberBytes = (number: bigint | number): number =>
  Math.ceil(number.toString().length / 2) + 1;

/** No fewer bytes than the item of this balance takes with this tail. */
function bytesOf({ available, held, version, entries }: Balance, tail: readonly Block[]): number {
  const [first] = tail;
  const {
    sequence = 0,
    amount = 0n,
    availableAfter = 0n,
    heldAfter = 0n,
  } = first?.entries[0] ?? {};
  const before = [first?.sequence ?? 0, sequence, availableAfter + amount, heldAfter + amount];
  const posted = tail.flatMap((block) => block.entries);
  const numbers = [
    ...[available, held, version, entries, ...before],
    ...tail.map(({ at }) => at),
    ...posted.map((entry) => entry.amount),
  ];
  return numbers.reduce<number>(
    (sum, number) => sum + numberBytes(number),
    balanceBytes + tailBytes + blockBytes * tail.length + postingBytes * posted.length,
  );
}

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
  const fits = (blocks: readonly Block[]): boolean =>
    blocks.length < blocksOfRowMax && bytesOf(balance, blocks) <= itemBytesMax;
  if (follows && fits(grown)) return { to: to(grown), row: [] };
  if (fits([block])) return { to: to([block]), row: tail };
  return follows ? { to: to([]), row: grown } : { to: to(tail), row: [block] };
}
