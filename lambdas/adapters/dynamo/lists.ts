/** The Lists port. An index gives the order of a list; the items themselves are read strongly consistent from the table. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { NewerCodeError } from '../../core/kernel/errors.ts';
import { tenantListShards } from '../../core/kernel/limits.ts';
import type { Block, LedgerEntry } from '../../core/ledger/ledger.ts';
import { blocksOfRowMax } from '../../core/ledger/tail.ts';
import type { Placed, Source } from '../../core/requests/page.ts';
import type { Created, Lists } from '../../core/requests/store.ts';
import { blocksFrom } from './block-row.ts';
import type { Tables } from './client.ts';
import {
  keyOf,
  orderOf,
  referenceListPartition,
  tenantListPartition,
  walletListPartitions,
} from './keys.ts';
import { blocksOf, type Span } from './ledger-blocks.ts';
import { openPartitions } from './open.ts';
import { batchGet } from './store.ts';
import { balanceItemFrom, transactionFrom, walletFrom } from './wallet-rows.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

type Index = { name: 'byWallet' | 'byTenant' | 'byReference' | 'open'; key: string };
const byWallet: Index = { name: 'byWallet', key: 'list' };
const byTenant: Index = { name: 'byTenant', key: 'tenantList' };
const byReference: Index = { name: 'byReference', key: 'referenceList' };
const open: Index = { name: 'open', key: 'openShard' };

const indexed = z.array(z.object({ pk: z.string(), sk: z.string(), order: z.string() }));

/** The places of an index behind one place and before another; `null`: from its beginning, and up to its end. */
type Range = { after: string | null; before: string | null };

/** The only conditions that DynamoDB takes of a sort key are one comparison, or `BETWEEN` with both ends. */
function conditionOf({ after, before }: Range): { text: string; values: Record<string, string> } {
  if (after === null)
    return before === null
      ? { text: '', values: {} }
      : { text: ' AND #order < :before', values: { ':before': before } };
  if (before === null) return { text: ' AND #order > :after', values: { ':after': after } };
  const values = { ':after': after, ':before': before };
  return { text: ' AND #order BETWEEN :after AND :before', values };
}

/** `BETWEEN` has its ends in it, which a range has not. */
const isWithin = (order: string, { after, before }: Range): boolean =>
  (after === null || order > after) && (before === null || order < before);
const endsMax = 2;

export function dynamoLists(client: DynamoDBDocumentClient, { money }: Tables): Lists {
  /** The first `count` of one partition of an index, the newest or the oldest first. */
  const query = async (
    { name, key }: Index,
    partition: string,
    range: Range,
    count: number,
    isOldestFirst: boolean,
  ) => {
    // A forged cursor may lie behind the end.
    if (range.after !== null && range.before !== null && range.after >= range.before) return [];
    const { text, values } = conditionOf(range);
    const { Items } = await client.send(
      new QueryCommand({
        TableName: money,
        IndexName: name,
        KeyConditionExpression: `#key = :partition${text}`,
        ExpressionAttributeNames: { '#key': key, ...(text === '' ? {} : { '#order': 'order' }) },
        ExpressionAttributeValues: { ':partition': partition, ...values },
        ScanIndexForward: isOldestFirst,
        Limit: range.after === null || range.before === null ? count : count + endsMax,
      }),
    );
    const found = indexed.parse(Items ?? []);
    return found.filter(({ order }) => isWithin(order, range)).slice(0, count);
  };

  /** The items at these places as they are now, in the order of the places. */
  const readAll = async <T>(
    places: z.infer<typeof indexed>,
    from: (row: unknown) => T,
  ): Promise<Placed<T>[]> => {
    const rows = await batchGet(
      client,
      money,
      places.map(({ pk, sk }) => ({ pk, sk })),
    );
    const byPk = new Map(rows.map((row) => [row['pk'], row]));
    return places.map(({ pk, order }) => ({
      place: order,
      item: unlessNewer(() => from(byPk.get(pk))),
    }));
  };

  /** Merges the newest of each partition: the newest of all are among them. */
  const listed =
    <T>(
      index: Index,
      partitions: readonly string[],
      from: (row: unknown) => T,
      created: Created = { from: null, before: null },
    ): Source<T> =>
    async (place, count) => {
      const end = created.before === null ? null : orderOf(created.before, '');
      const before = place === null || (end !== null && end < place) ? end : place;
      // A mere time stands before whatever was created at it.
      const range = { after: created.from === null ? null : orderOf(created.from, ''), before };
      const shards = await Promise.all(
        partitions.map((partition) => query(index, partition, range, count, false)),
      );
      const newest = shards.flat().sort((a, b) => (a.order < b.order ? 1 : -1));
      return readAll(newest.slice(0, count), from);
    };

  /** The same, with the oldest first. */
  const oldest =
    <T>(
      index: Index,
      partitions: readonly string[],
      before: string | null,
      from: (row: unknown) => T,
    ): Source<T> =>
    async (after, count) => {
      const shards = await Promise.all(
        partitions.map((partition) => query(index, partition, { after, before }, count, true)),
      );
      const first = shards.flat().sort((a, b) => (a.order < b.order ? -1 : 1));
      return readAll(first.slice(0, count), from);
    };
  const partitionsOf = (tenant: string) =>
    Array.from({ length: tenantListShards }, (_, shard) => tenantListPartition(tenant, shard));

  return {
    walletsOf: (tenant) => listed(byWallet, [`WAL#${tenant}`], walletFrom),
    transactionsOf: (walletId) => listed(byWallet, [`TXN#${walletId}`], transactionFrom),
    withdrawalsOf: (of, created) => {
      const within = (index: Index, ...partitions: string[]) =>
        listed(index, partitions, withdrawalFrom, created);
      if ('wallet' in of)
        return within(byWallet, ...walletListPartitions(of.wallet.id, of.wallet.listShards));
      if (!('reference' in of)) return within(byTenant, ...partitionsOf(of.tenant));
      return within(byReference, referenceListPartition(of.tenant, of.reference));
    },
    oldestWithdrawals: (of, createdBefore) => {
      const before = createdBefore === null ? null : orderOf(createdBefore, '');
      return of === 'open'
        ? oldest(open, openPartitions, before, withdrawalFrom)
        : oldest(byTenant, partitionsOf(of.tenant), before, withdrawalFrom);
    },
    entriesOf: (walletId, order) => async (before, count) => {
      const [row] = await batchGet(client, money, [keyOf.balance(walletId)]);
      const { version, tail } = balanceItemFrom(row);
      const place = before === null ? null : Number(before.split('#')[0]);
      const span: Span =
        order === 'newest'
          ? { from: 1, upTo: Math.min(version, place ?? version), order }
          : { from: place ?? 1, upTo: version, order };
      // Each block has at least one entry; the row of the first may begin with others.
      const limit = count + blocksOfRowMax;
      const found: Placed<LedgerEntry>[] = [];
      const blocks = blocksOf(client, money, walletId, span, { tail, read: blocksFrom, limit });
      for await (const block of blocks) {
        found.push(...entriesIn(block, order, before));
        if (found.length >= count) break;
      }
      return found.slice(0, count);
    },
  };
}

/** `null` for what only newer code can read. */
function unlessNewer<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof NewerCodeError) return null;
    throw error;
  }
}

/** The entries of a block that are beyond a place. */
function entriesIn(
  block: Block,
  order: 'newest' | 'oldest',
  before: string | null,
): Placed<LedgerEntry>[] {
  const digits = (value: number) => String(value).padStart(12, '0');
  const placed = block.entries.map((entry) => ({
    place: `${digits(block.sequence)}#${digits(entry.sequence)}`,
    item: { ...entry, at: block.at, blockHash: block.hash },
  }));
  if (order === 'newest') placed.reverse();
  return placed.filter(
    ({ place }) => before === null || (order === 'newest' ? place < before : place > before),
  );
}
