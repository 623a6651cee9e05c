/**
 * A wallet's blocks as one list: those of rows, and those that stand in the item of its balance. Whoever reads has read that item
 * first, and reads the rows consistently after it: then each block up to that balance's version is in the one or in the other,
 * and one that became a row in between is in both and comes once.
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { WalletId } from '../../core/kernel/ids.ts';
import { blocksOfRowMax } from '../../core/ledger/tail.ts';
import { keyOf, type Row } from './keys.ts';
import { pageItemsMax } from './page.ts';

/** What has a block's number, or should have one. */
type Numbered = { sequence: number };
/** Both ends are in it. */
export type Span = { from: number; upTo: number; order: 'newest' | 'oldest' };
/** Greater than any number of a block, in a key as well. */
export const endless = 10 ** 12 - 1;

/** The blocks of the span, in its order. `read` gives the blocks of a row, and `tail` those of the balance; both in order. */
export async function* blocksOf<T extends Numbered>(
  client: DynamoDBDocumentClient,
  table: string,
  walletId: WalletId,
  span: Span,
  {
    tail,
    read,
    limit = pageItemsMax,
  }: { tail: readonly T[]; read(row: Row): readonly T[]; limit?: number },
): AsyncGenerator<T> {
  const { from, upTo, order } = span;
  // A forged cursor may lie behind the end, or be no number.
  if (!(from <= upTo)) return;
  // A row that cannot be read may have no number.
  const inSpan = (blocks: readonly T[]): T[] => {
    const some = blocks.filter(({ sequence }) => !(sequence < from) && !(sequence > upTo));
    return order === 'newest' ? some.reverse() : some;
  };
  const isBefore = (one: Numbered, other: Numbered): boolean =>
    order === 'newest' ? one.sequence > other.sequence : one.sequence < other.sequence;
  const waiting = inSpan(tail);
  let page: Row | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': keyOf.block(walletId, from).pk,
          // The row that has a block is named after its first one.
          ':first': keyOf.block(walletId, Math.max(from - blocksOfRowMax + 1, 0)).sk,
          ':last': keyOf.block(walletId, upTo).sk,
        },
        ScanIndexForward: order === 'oldest',
        ConsistentRead: true,
        Limit: limit,
        ExclusiveStartKey: page,
      }),
    );
    for (const row of Items)
      for (const block of inSpan(read(row))) {
        for (let [next] = waiting; next !== undefined && isBefore(next, block); [next] = waiting) {
          yield next;
          waiting.shift();
        }
        if (waiting[0]?.sequence === block.sequence) waiting.shift();
        yield block;
      }
    page = LastEvaluatedKey;
  } while (page !== undefined);
  yield* waiting;
}
