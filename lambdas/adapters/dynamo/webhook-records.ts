/** The DeliveryRecords port. An index gives the order of a list; the deliveries are read consistently from the table. */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type EndpointId, placeOfDelivery } from '../../core/kernel/ids.ts';
import type { Placed } from '../../core/requests/page.ts';
import { statsCreationShards, statsShards } from '../../core/webhooks/limits.ts';
import type { DeliveryFilters, DeliveryRecords } from '../../core/webhooks/store.ts';
import { together } from '../../core/webhooks/tally.ts';
import type { Delivery } from '../../core/webhooks/webhook.ts';
import type { Tables } from './client.ts';
import { orderOf } from './keys.ts';
import { pageItemsMax } from './page.ts';
import { batchGet } from './store.ts';
import { statsKey, tallyFrom } from './webhook-counters.ts';
import {
  deliveryFrom,
  deliveryKey,
  roundFrom,
  roundsPartition,
  statePartition,
} from './webhook-rows.ts';
import { rowsOf } from './webhooks.ts';

const indexed = z.array(z.object({ pk: z.string(), sk: z.string(), order: z.string() }));

/** The part of the list that can have deliveries that fit, before a place of it. Both ends are left out. */
function partOf(
  id: EndpointId,
  { status, createdAfter, createdBefore }: DeliveryFilters,
  before: string | null,
) {
  const index =
    status === 'PROCESSING' || status === 'FAILED'
      ? { IndexName: 'byState', key: 'state', partition: statePartition(id, status) }
      : { IndexName: 'byEndpoint', key: 'list', partition: id };
  // Half-open: a delivery of the very moment `createdAfter` fits, one of `createdBefore` does not.
  const from = createdAfter === undefined ? '0' : orderOf(createdAfter, '');
  const end = createdBefore === undefined ? '~' : orderOf(createdBefore, '');
  return { ...index, from, to: before !== null && before < end ? before : end };
}

export function dynamoDeliveryRecords(
  client: DynamoDBDocumentClient,
  { webhooks: TableName }: Pick<Tables, 'webhooks'>,
): DeliveryRecords {
  return {
    delivery: async (id) => {
      const place = placeOfDelivery(id);
      if (place === null) return null;
      const Key = deliveryKey(place.lane, place.sequence);
      const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item === undefined ? null : deliveryFrom(Item);
    },
    earlierAttempts: async ({ id, reopened }) =>
      reopened === 0
        ? []
        : (await rowsOf(client, TableName, { pk: roundsPartition(id) })).map(roundFrom),
    deliveriesTo: (id, filters) => async (before, count) => {
      const { IndexName, key, partition, from, to } = partOf(id, filters, before);
      const placed: Placed<Delivery>[] = [];
      for (let end = to; from < end && placed.length < count; ) {
        // The end of the range is left out, which a condition on a key cannot say: one more is read for it.
        const Limit = count - placed.length + 1;
        const { Items } = await client.send(
          new QueryCommand({
            TableName,
            IndexName,
            KeyConditionExpression: '#key = :partition AND #order BETWEEN :from AND :to',
            ExpressionAttributeNames: { '#key': key, '#order': 'order' },
            ExpressionAttributeValues: { ':partition': partition, ':from': from, ':to': end },
            ScanIndexForward: false,
            Limit,
          }),
        );
        const read = indexed.parse(Items ?? []);
        const found = read.filter(({ order }) => order < end);
        const rows = await batchGet(
          client,
          TableName,
          found.map(({ pk, sk }) => ({ pk, sk })),
        );
        const byKey = new Map(rows.map((row) => [`${row['pk']} ${row['sk']}`, row]));
        for (const { pk, sk, order } of found) {
          // A row that the table has deleted may still be in the index for a moment.
          const row = byKey.get(`${pk} ${sk}`);
          if (row !== undefined) placed.push({ place: order, item: deliveryFrom(row) });
        }
        end = read.length < Limit ? from : (found.at(-1)?.order ?? from);
      }
      return placed.slice(0, count);
    },
    tally: async (id) => {
      const keys = Array.from({ length: statsShards + statsCreationShards }, (_, shard) =>
        statsKey(id, shard),
      );
      const rows = await batchGet(client, TableName, keys);
      let processing = 0;
      let page: Record<string, unknown> | undefined;
      do {
        const { Count, LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName,
            IndexName: 'byState',
            KeyConditionExpression: '#key = :partition',
            ExpressionAttributeNames: { '#key': 'state' },
            ExpressionAttributeValues: { ':partition': statePartition(id, 'PROCESSING') },
            Limit: pageItemsMax,
            ExclusiveStartKey: page,
          }),
        );
        processing += Count ?? 0;
        page = LastEvaluatedKey;
      } while (page !== undefined);
      return { ...together(rows.map(tallyFrom)), processing };
    },
  };
}
