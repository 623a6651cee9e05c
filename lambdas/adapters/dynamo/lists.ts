/** The Lists port. An index gives the order of a list; the items themselves are read strongly consistent from the table. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { tenantListShards } from '../../core/kernel/limits.ts';
import type { LedgerEntry } from '../../core/ledger/ledger.ts';
import type { Placed, Source } from '../../core/requests/page.ts';
import type { Lists } from '../../core/requests/store.ts';
import { blockFrom } from './block-row.ts';
import type { Tables } from './client.ts';
import { keyOf, referenceListPartition, tenantListPartition } from './keys.ts';
import { batchGet } from './store.ts';
import { transactionFrom, walletFrom } from './wallet-rows.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

type Index = { name: 'byWallet' | 'byTenant' | 'byReference'; key: string };
const byWallet: Index = { name: 'byWallet', key: 'list' };
const byTenant: Index = { name: 'byTenant', key: 'tenantList' };
const byReference: Index = { name: 'byReference', key: 'referenceList' };

const indexed = z.array(z.object({ pk: z.string(), sk: z.string(), order: z.string() }));

export function dynamoLists(client: DynamoDBDocumentClient, { money }: Tables): Lists {
  /** The newest `count` of one partition of an index, before a place. */
  const query = async (
    { name, key }: Index,
    partition: string,
    before: string | null,
    count: number,
  ) => {
    const { Items } = await client.send(
      new QueryCommand({
        TableName: money,
        IndexName: name,
        KeyConditionExpression: `#key = :partition${before === null ? '' : ' AND #order < :before'}`,
        ExpressionAttributeNames: {
          '#key': key,
          ...(before === null ? {} : { '#order': 'order' }),
        },
        ExpressionAttributeValues: {
          ':partition': partition,
          ...(before === null ? {} : { ':before': before }),
        },
        ScanIndexForward: false,
        Limit: count,
      }),
    );
    return indexed.parse(Items ?? []);
  };

  /** Merges the newest of each partition: the newest of all are among them. */
  const listed =
    <T>(index: Index, partitions: readonly string[], from: (row: unknown) => T): Source<T> =>
    async (before, count) => {
      const shards = await Promise.all(
        partitions.map((partition) => query(index, partition, before, count)),
      );
      const newest = shards
        .flat()
        .sort((a, b) => (a.order < b.order ? 1 : -1))
        .slice(0, count);
      const keys = newest.map(({ pk, sk }) => ({ pk, sk }));
      const rows = await batchGet(client, money, keys);
      const byPk = new Map(rows.map((row) => [row['pk'], row]));
      return newest.map(({ pk, order }) => ({ place: order, item: from(byPk.get(pk)) }));
    };

  return {
    walletsOf: (tenant) => listed(byWallet, [`WAL#${tenant}`], walletFrom),
    transactionsOf: (walletId) => listed(byWallet, [`TXN#${walletId}`], transactionFrom),
    withdrawalsOf: (of) => {
      if ('walletId' in of) return listed(byWallet, [`WD#${of.walletId}`], withdrawalFrom);
      if ('reference' in of)
        return listed(
          byReference,
          [referenceListPartition(of.tenant, of.reference)],
          withdrawalFrom,
        );
      const shards = Array.from({ length: tenantListShards }, (_, shard) =>
        tenantListPartition(of.tenant, shard),
      );
      return listed(byTenant, shards, withdrawalFrom);
    },
    entriesOf: (walletId, order) => async (before, count) => {
      const { pk } = keyOf.block(walletId, 0);
      const found: Placed<LedgerEntry>[] = [];
      let page: Record<string, unknown> | undefined;
      do {
        const { Items, LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: money,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
            ExpressionAttributeValues: { ':pk': pk, ...blocksFrom(order, before) },
            ScanIndexForward: order === 'oldest',
            ConsistentRead: true,
            // Each block has at least one entry, so `count` blocks are enough.
            Limit: count,
            ExclusiveStartKey: page,
          }),
        );
        for (const row of Items ?? []) found.push(...entriesIn(row, order, before));
        page = LastEvaluatedKey;
      } while (page !== undefined && found.length < count);
      return found.slice(0, count);
    },
  };
}

/** The range of blocks that can have entries beyond a place, that of the place itself included. */
function blocksFrom(order: 'newest' | 'oldest', before: string | null) {
  const at = before === null ? null : `BLOCK#${before.split('#')[0] ?? ''}`;
  return order === 'newest'
    ? { ':from': 'BLOCK#', ':to': at ?? 'BLOCK#~' }
    : { ':from': at ?? 'BLOCK#', ':to': 'BLOCK#~' };
}

function entriesIn(
  row: unknown,
  order: 'newest' | 'oldest',
  before: string | null,
): Placed<LedgerEntry>[] {
  const block = blockFrom(row);
  const digits = (value: number) => String(value).padStart(12, '0');
  const placed = block.entries.map((entry) => ({
    place: `${digits(block.sequence)}#${digits(entry.sequence)}`,
    item: { ...entry, blockHash: block.hash },
  }));
  if (order === 'newest') placed.reverse();
  return placed.filter(
    ({ place }) => before === null || (order === 'newest' ? place < before : place > before),
  );
}
