/** The indexes of what is due: sparse, in shards, and read by sweep only. They say what to look at, never what to do. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { doorbellFor } from '../core/doorbells.ts';
import type { Instant } from '../core/ids.ts';
import { dueShards } from '../core/limits.ts';
import type { DueIndex } from '../core/sweep.ts';
import type { Tables } from './dynamo-client.ts';
import { batchGet } from './dynamo-store.ts';
import { deliveryFrom } from './dynamo-webhooks.ts';
import { duePartition, instant, transactionFrom, withdrawalFrom } from './rows.ts';

type DueKey = { pk: string; sk: string; dueAt: Instant };
const dueKeys = z.array(z.object({ pk: z.string(), sk: z.string(), dueAt: instant }));

/** Oldest first, so that with more than this due in one pass the rest comes in the next. */
const perShardMax = 250;

export function dynamoDue(client: DynamoDBDocumentClient, { money, webhooks }: Tables): DueIndex {
  const due = async (table: string, before: Instant): Promise<DueKey[]> => {
    const shards = await Promise.all(
      Array.from({ length: dueShards }, async (_, shard) => {
        const { Items } = await client.send(
          new QueryCommand({
            TableName: table,
            IndexName: 'due',
            KeyConditionExpression: 'dueShard = :shard AND dueAt <= :before',
            ExpressionAttributeValues: { ':shard': duePartition(shard), ':before': before },
            Limit: perShardMax,
          }),
        );
        return Items ?? [];
      }),
    );
    return dueKeys.parse(shards.flat());
  };
  /** One pass reads the money index once for both kinds. */
  const read = async (before: Instant) => {
    const keys = await due(money, before);
    const rows = await batchGet(
      client,
      money,
      keys.map(({ pk, sk }) => ({ pk, sk })),
    );
    const dueAt = new Map(keys.map((key) => [key.pk, key.dueAt]));
    return { rows, dueAt };
  };
  return {
    operations: async (before) => {
      const { rows, dueAt } = await read(before);
      const ofType = (type: string) => rows.filter(({ pk }) => String(pk).startsWith(type));
      return {
        withdrawals: ofType('WD#').map(withdrawalFrom),
        transactions: ofType('TXN#')
          .map(transactionFrom)
          .filter(({ status }) => status === 'PENDING')
          .map(({ id, walletId }) => ({ id, walletId, dueAt: dueAt.get(`TXN#${id}`) ?? before })),
      };
    },
    deliveries: async (before) => {
      const keys = await due(webhooks, before);
      const rows = await batchGet(
        client,
        webhooks,
        keys.map(({ pk, sk }) => ({ pk, sk })),
      );
      return rows.map(deliveryFrom).flatMap((delivery) =>
        delivery.nextAttemptAt === null
          ? []
          : [
              {
                id: delivery.id,
                group: doorbellFor(delivery).group,
                dueAt: delivery.nextAttemptAt,
              },
            ],
      );
    },
  };
}
