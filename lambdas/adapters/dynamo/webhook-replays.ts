/** The ReplayStore port: what is delivered once more, and how far each replay has come. */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { bucketOf } from '../../core/kernel/ids.ts';
import { statsShards } from '../../core/webhooks/limits.ts';
import type { ReplayStore } from '../../core/webhooks/replay.ts';
import { moved } from '../../core/webhooks/tally.ts';
import type { Tables } from './client.ts';
import { orderOf } from './keys.ts';
import { pageItemsMax } from './page.ts';
import { batchGet } from './store.ts';
import { addition, replayFrom, replayKey, replayToRow } from './webhook-counters.ts';
import { deliveryFrom, deliveryToRow, roundToRow } from './webhook-rows.ts';
import { atVersion } from './webhooks.ts';
import { putAlone, transact } from './write.ts';

const indexed = z.array(z.object({ pk: z.string(), sk: z.string(), order: z.string() }));

export function dynamoReplays(
  client: DynamoDBDocumentClient,
  { webhooks: TableName }: Pick<Tables, 'webhooks'>,
): ReplayStore {
  const range = {
    TableName,
    IndexName: 'byEndpoint',
    KeyConditionExpression: '#list = :list AND #order BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#list': 'list', '#order': 'order' },
  };
  return {
    replay: async (id) => {
      const Key = replayKey(id);
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item === undefined ? null : replayFrom(Item);
    },
    countSince: async (id, since, until) => {
      const values = { ':list': id, ':from': orderOf(since, ''), ':to': orderOf(until, '') };
      let count = 0;
      let page: Record<string, unknown> | undefined;
      do {
        const { Count, LastEvaluatedKey } = await client.send(
          new QueryCommand({
            ...range,
            ExpressionAttributeValues: values,
            Select: 'COUNT',
            Limit: pageItemsMax,
            ExclusiveStartKey: page,
          }),
        );
        count += Count ?? 0;
        page = LastEvaluatedKey;
      } while (page !== undefined);
      return count;
    },
    saveReplay: (to) =>
      putAlone(client, {
        TableName,
        Item: replayToRow(to),
        ...(to.version === 1
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : atVersion(to.version - 1)),
      }),
    nextOf: async ({ endpointId, since, until, place }, count) => {
      const from = place === null ? orderOf(since, '') : `${place} `;
      const { Items } = await client.send(
        new QueryCommand({
          ...range,
          ExpressionAttributeValues: {
            ':list': endpointId,
            // Behind the place: no id begins with another and a space.
            ':from': from,
            ':to': orderOf(until, ''),
          },
          Limit: count,
        }),
      );
      const found = indexed.parse(Items ?? []);
      const rows = await batchGet(
        client,
        TableName,
        found.map(({ pk, sk }) => ({ pk, sk })),
      );
      const byKey = new Map(rows.map((row) => [`${row['pk']} ${row['sk']}`, row]));
      return {
        // A row that the table has deleted may still be in the index for a moment.
        deliveries: found.flatMap(({ pk, sk }) => {
          const row = byKey.get(`${pk} ${sk}`);
          return row === undefined ? [] : [deliveryFrom(row)];
        }),
        place: found.at(-1)?.order ?? null,
        isLast: found.length < count,
      };
    },
    reopen: async (from, to) => {
      const Update = addition(
        TableName,
        to.endpointId,
        bucketOf(to.id, statsShards),
        moved(from, to),
      );
      const refused = await transact(client, [
        { Put: { TableName, Item: deliveryToRow(to), ...atVersion(from.version) } },
        {
          Put: {
            TableName,
            Item: roundToRow(from),
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        ...(Update === null ? [] : [{ Update }]),
      ]);
      return refused.length === 0;
    },
  };
}
