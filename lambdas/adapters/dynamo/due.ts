/** Reads the sparse, sharded indexes that sweep goes by. They say what to look at, never what to do. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { errorName } from '../../core/kernel/errors.ts';
import { isTransactionId, isWithdrawalId, type OperationId } from '../../core/kernel/ids.ts';
import { type Instant, later } from '../../core/kernel/time.ts';
import type { Listed, ListName, Range } from '../../core/outbox/laps.ts';
import type { DueIndex } from '../../core/outbox/sweep.ts';
import type { Tables } from './client.ts';
import { idIn, instant } from './fields.ts';
import { acceptedAt, duePartition, keyOf, orderOf, type Row } from './keys.ts';
import { openPartitions } from './open.ts';
import { batchGet } from './store.ts';
import { transactionFrom } from './wallet-rows.ts';
import { replayIn } from './webhook-counters.ts';
import { deliveryLaneIn } from './webhook-rows.ts';
import { dueFields, dueFrom } from './withdrawal-row.ts';

const keys = { pk: z.string(), sk: z.string() };
const dueKeys = z.array(z.object({ ...keys, dueAt: instant }));
const openKeys = z.array(z.object({ ...keys, order: acceptedAt }));

const operationIn = (pk: string): OperationId => idIn(pk) as OperationId;

/** How each list is read: its index, its partitions, and the least and the greatest sort key of a range. */
const inDue = {
  index: 'due',
  key: 'dueShard',
  sort: 'dueAt',
  partition: duePartition,
  least: (after: Instant): unknown => later(after, 1),
  greatest: (until: Instant): unknown => until,
};
const inOpen = {
  index: 'open',
  key: 'openShard',
  sort: 'order',
  partition: (shard: number) => openPartitions[shard],
  least: (after: Instant): unknown => orderOf(later(after, 1), ''),
  greatest: (until: Instant): unknown => orderOf(later(until, 1), ''),
};

/** The DueIndex port over the `money` and the `webhooks` table. */
export function dynamoDue(client: DynamoDBDocumentClient, { money, webhooks }: Tables): DueIndex {
  const lists: Record<
    ListName,
    { table: string; of: typeof inDue | typeof inOpen; from(rows: readonly Row[]): Listed[] }
  > = {
    due: {
      table: money,
      of: inDue,
      from: (rows) =>
        dueKeys.parse(rows).map(({ pk, dueAt }) => ({ id: operationIn(pk), at: dueAt })),
    },
    open: {
      table: money,
      of: inOpen,
      from: (rows) =>
        openKeys.parse(rows).map(({ pk, order }) => ({ id: operationIn(pk), at: order })),
    },
    deliveries: {
      table: webhooks,
      of: inDue,
      from: (rows) =>
        dueKeys.parse(rows).flatMap(({ pk, sk, dueAt }) => {
          const lane = deliveryLaneIn(pk) ?? replayIn(pk);
          return lane === null ? [] : [{ id: `${pk} ${sk}`, lane, at: dueAt }];
        }),
    },
  };

  return {
    read: async ({ list, shard, after, until, newestFirst, from: place, limit }: Range) => {
      const { table, of, from } = lists[list];
      if (after >= until || limit < 1) return { found: [], next: null };
      const { Items = [], LastEvaluatedKey = null } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: of.index,
          // Of a sort key one condition may be given, and `BETWEEN` has both ends.
          KeyConditionExpression: '#key = :partition AND #sort BETWEEN :least AND :greatest',
          ExpressionAttributeNames: { '#key': of.key, '#sort': of.sort },
          ExpressionAttributeValues: {
            ':partition': of.partition(shard),
            ':least': of.least(after),
            ':greatest': of.greatest(until),
          },
          ScanIndexForward: !newestFirst,
          Limit: Math.floor(limit),
          ...(place === null ? {} : { ExclusiveStartKey: place }),
        }),
      );
      return { found: from(Items), next: LastEvaluatedKey };
    },
    look: async (ids) => {
      const [withdrawals, transactions] = await Promise.all([
        batchGet(client, money, ids.filter(isWithdrawalId).map(keyOf.withdrawal), dueFields),
        batchGet(client, money, ids.filter(isTransactionId).map(keyOf.transaction)),
      ]);
      const unreadable: string[] = [];
      const read = <T>(rows: readonly Row[], from: (row: Row) => T[]): T[] =>
        rows.flatMap((row) => {
          try {
            return from(row);
          } catch (error) {
            unreadable.push(`${String(row['pk'])}: ${errorName(error)}`);
            return [];
          }
        });
      return {
        withdrawals: read(withdrawals, dueFrom),
        transactions: read(transactions, (row) => [transactionFrom(row)]).filter(
          ({ status }) => status === 'PENDING',
        ),
        unreadable,
      };
    },
  };
}
