/**
 * What has changed in a span of time, as retell finds it without reading what has not: by the withdrawals that have not ended, by the
 * ledgers of all wallets, and by what has ended without having been held. Together they name whatever has a line in the span:
 *
 *   open     what has not ended, whenever its lines were
 *   ledgers  what was paid or given back, and credits and debits: each ends in one write with a block of that very time, and the
 *            end is the last line, so the block is no older than any line that is asked for
 *   unheld   what was rejected or cancelled, by the time of its end, which is its last line as well
 */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WalletId } from '../../core/kernel/ids.ts';
import { behindAllOf } from '../../core/kernel/place.ts';
import type { EntryKind } from '../../core/ledger/ledger.ts';
import type { Place } from '../../core/outbox/laps.ts';
import { blockLateMs } from '../../core/outbox/limits.ts';
import type { Changed, Changes } from '../../core/outbox/retell.ts';
import type { Span } from '../../core/outbox/tell-anew.ts';
import type { ReadBlock } from '../../core/reconcile/ledger.ts';
import { changesIn, isTransactionRow, keysOf } from './changed-rows.ts';
import type { Tables } from './client.ts';
import { idIn } from './fields.ts';
import { keyOf, orderOf, type Row } from './keys.ts';
import { blocksOf, endless } from './ledger-blocks.ts';
import { openPartitions, unheldPartitions, walletPartitions } from './open.ts';
import { pageItemsMax } from './page.ts';
import { rowBlocks, tailBlocks } from './read-blocks.ts';
import { batchGet } from './store.ts';

type List = { of: 'open' | 'ledgers' | 'unheld'; partition: string; name: string };
const all = (of: List['of'], partitions: readonly string[], more = ''): List[] =>
  partitions.map((partition) => ({ of, partition, name: `${partition}${more}` }));
const listed = [
  ...all('open', openPartitions),
  ...all('ledgers', walletPartitions),
  ...all('unheld', unheldPartitions),
];
/** A span that somebody names is looked at once: what goes from one of these to the other meanwhile is found in the other afterwards. */
const named = [
  ...listed,
  ...all('open', openPartitions, ' again'),
  ...all('unheld', unheldPartitions, ' again'),
];

/** Wallets of one page, and rows of blocks of one request: mostly the newest few are all that is asked for. */
const walletsMax = 100;
const blockRowsMax = 20;

/** Which list, behind what in it, and the wallet of which some blocks are read: the next is before this one. */
const placeShape = z.object({
  list: z.string(),
  after: z.record(z.string(), z.unknown()).nullable(),
  wallet: z.object({ id: z.string(), before: z.coerce.number() }).nullable(),
});
type WalletPlace = z.output<typeof placeShape>['wallet'];
const nothingRead = { after: null, wallet: null };

export function dynamoListed(
  client: DynamoDBDocumentClient,
  { money }: Pick<Tables, 'money'>,
  pageItems = pageItemsMax,
): (way: 'listed' | 'named', span: Span, from: Place | null) => ReturnType<Changed['page']> {
  const query = (list: List, { from, until }: Span, after: Place | null) =>
    client.send(
      new QueryCommand({
        TableName: money,
        ...conditionOf(list, from, until),
        Limit: list.of === 'ledgers' ? Math.min(walletsMax, pageItems) : pageItems,
        ...(after === null ? {} : { ExclusiveStartKey: after }),
      }),
    );

  /** What the blocks of these wallets name that may be of the span, and where to go on if it is more than fits into a page. */
  async function namedIn(ids: readonly WalletId[], { from }: Span, resumed: WalletPlace) {
    const names = new Set<string>();
    let blocks = 0;
    const oldest = from - blockLateMs;
    const isBefore = (block: ReadBlock | undefined): boolean =>
      block !== undefined && 'at' in block && block.at < oldest;
    const rows = await batchGet(client, money, ids.map(keyOf.balance));
    const balances = new Map(rows.map((row) => [row['pk'], row]));
    const first = resumed === null ? 0 : Math.max(ids.indexOf(resumed.id as WalletId), 0);
    for (const id of ids.slice(first)) {
      const row = balances.get(keyOf.balance(id).pk);
      const tail = row === undefined ? [] : tailBlocks(row);
      // Code that knows no tail leaves it behind blocks that are newer.
      const isNewest = BigInt(tail.at(-1)?.sequence ?? 0) === row?.['version'];
      if (isNewest && isBefore(tail.at(-1))) continue;
      const upTo = resumed?.id === id ? resumed.before - 1 : endless;
      const span = { from: 0, upTo, order: 'newest' } as const;
      const read = { tail, read: rowBlocks, limit: blockRowsMax };
      for await (const block of blocksOf<ReadBlock>(client, money, id, span, read)) {
        if (isBefore(block)) break;
        for (const name of endingIn(block)) names.add(name);
        blocks += 1;
        // Holds that do not end name nothing, and their blocks are many. Behind a row without a number nobody could go on.
        const isFull = names.size >= pageItems || blocks >= pageItems;
        if (isFull && Number.isInteger(block.sequence))
          return { names, wallet: { id, before: block.sequence } };
      }
    }
    return { names, wallet: null };
  }

  return async (way, span, from) => {
    const lists = way === 'named' ? named : listed;
    const { list, next, after, wallet: resumed } = readPlace(lists, from);
    const { Items = [], LastEvaluatedKey } = await query(list, span, after);
    const ids = Items.map(({ pk }) => idIn(String(pk)));
    const { names, wallet } =
      list.of === 'ledgers'
        ? await namedIn(ids as WalletId[], span, resumed)
        : { names: ids, wallet: null };
    const changes = await changedOf(client, money, [...names], span);
    if (wallet !== null) return { ...changes, next: { list: list.name, after, wallet } };
    if (LastEvaluatedKey !== undefined)
      return { ...changes, next: { list: list.name, after: LastEvaluatedKey, wallet: null } };
    return { ...changes, next: next === undefined ? null : { list: next.name, ...nothingRead } };
  };
}

/** A place that cannot be read, or is in a list that there is no more, is none: the look begins anew, which costs time, and nothing else. */
function readPlace(lists: readonly List[], from: Place | null) {
  const { data } = placeShape.safeParse(from);
  const at = lists.findIndex(({ name }) => name === data?.list);
  const [first, second] = lists;
  const [list = first, next] = at < 0 ? [first, second] : [lists[at], lists[at + 1]];
  if (list === undefined) throw new Error('there are no lists');
  const { after, wallet } = at < 0 || data === undefined ? nothingRead : data;
  return { list, next, after, wallet };
}

function conditionOf({ of, partition }: List, from: Span['from'], until: Span['until']) {
  switch (of) {
    case 'open':
      return {
        IndexName: 'open',
        KeyConditionExpression: 'openShard = :partition AND #order < :after',
        ExpressionAttributeNames: { '#order': 'order' },
        ExpressionAttributeValues: { ':partition': partition, ':after': behindAllOf(until) },
      };
    case 'ledgers':
      return {
        IndexName: 'open',
        KeyConditionExpression: 'openShard = :partition',
        ExpressionAttributeValues: { ':partition': partition },
      };
    case 'unheld':
      return {
        IndexName: 'inbox',
        KeyConditionExpression: 'inbox = :partition AND inboxOrder >= :since',
        ExpressionAttributeValues: { ':partition': partition, ':since': orderOf(from, '') },
      };
    default:
      return of satisfies never;
  }
}

/** Of a hold that begins the withdrawal is open, or has ended in a block that is newer. */
const ending: readonly EntryKind[] = ['CREDIT', 'DEBIT', 'PAYOUT', 'RELEASE'];
const endingIn = (block: ReadBlock): readonly string[] =>
  'unreadable' in block
    ? (block.mentions ?? [])
    : block.entries.flatMap(({ kind, sourceId }) => (ending.includes(kind) ? [sourceId] : []));

/** Of these the ones that may have a line in the span. */
async function changedOf(
  client: DynamoDBDocumentClient,
  money: string,
  ids: readonly string[],
  { from, until }: Span,
): Promise<Changes> {
  const rows = await batchGet(client, money, keysOf(ids));
  const isKnown = (value: unknown): value is bigint => typeof value === 'bigint';
  const mayBeIn = (row: Row): boolean => {
    const { updatedAt, processedAt } = row;
    if (!isTransactionRow(row)) return !isKnown(updatedAt) || updatedAt >= from;
    return !isKnown(processedAt) || (processedAt >= from && processedAt <= until);
  };
  return changesIn(rows.filter(mayBeIn));
}
