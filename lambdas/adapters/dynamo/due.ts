/** Reads the sparse, sharded indexes of what is due, for sweep. They say what to look at, never what to do. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { errorName } from '../../core/kernel/errors.ts';
import { isTransactionId, isWithdrawalId, type OperationId } from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { DueIndex } from '../../core/outbox/sweep.ts';
import type { Tables } from './client.ts';
import { instant } from './fields.ts';
import { duePartition, keyOf, type Row } from './keys.ts';
import { batchGet } from './store.ts';
import { transactionFrom } from './wallet-rows.ts';
import { replayIn } from './webhook-counters.ts';
import { deliveryLaneIn } from './webhook-rows.ts';
import { dueFields, dueFrom } from './withdrawal-row.ts';

const dueKeys = z.array(z.object({ pk: z.string(), sk: z.string(), dueAt: instant }));

/** The DueIndex port over the `money` and the `webhooks` table. */
export function dynamoDue(client: DynamoDBDocumentClient, { money, webhooks }: Tables): DueIndex {
  const dueIn = async (TableName: string, shard: number, before: Instant) => {
    const rows: unknown[] = [];
    // All pages are read, so that stuck items at the front never hide those behind them.
    const pages = paginateQuery(
      { client },
      {
        TableName,
        IndexName: 'due',
        KeyConditionExpression: 'dueShard = :shard AND dueAt <= :before',
        ExpressionAttributeValues: { ':shard': duePartition(shard), ':before': before },
      },
    );
    for await (const { Items } of pages) rows.push(...(Items ?? []));
    return dueKeys.parse(rows);
  };
  const due = async (table: string, before: Instant) =>
    (
      await Promise.all(
        Array.from({ length: dueShards }, (_, shard) => dueIn(table, shard, before)),
      )
    ).flat();

  return {
    operations: async (before) =>
      (await due(money, before)).map(({ pk, dueAt }) => ({
        id: pk.slice(pk.indexOf('#') + 1) as OperationId,
        dueAt,
      })),
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
    deliveries: async (before) =>
      (await due(webhooks, before)).flatMap(({ pk, sk, dueAt }) => {
        const lane = deliveryLaneIn(pk) ?? replayIn(pk);
        return lane === null ? [] : [{ id: `${pk} ${sk}`, lane, dueAt }];
      }),
  };
}
