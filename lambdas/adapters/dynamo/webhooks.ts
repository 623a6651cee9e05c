/** Keeps webhook endpoints and deliveries in the `webhooks` table: what relay, retell and 7-deliver-webhook need of them. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { all } from '../../core/kernel/all.ts';
import { bucketOf, type EndpointId } from '../../core/kernel/ids.ts';
import type { Clock } from '../../core/kernel/world.ts';
import {
  deliveriesTogetherMax,
  deliveryKeptMs,
  statsCreationShards,
  statsShards,
} from '../../core/webhooks/limits.ts';
import type { WebhookStore } from '../../core/webhooks/store.ts';
import { created, ended, type Tally, together } from '../../core/webhooks/tally.ts';
import type { Delivery } from '../../core/webhooks/webhook.ts';
import type { Tables } from './client.ts';
import type { Row } from './keys.ts';
import { addition } from './webhook-counters.ts';
import {
  deliveryFrom,
  deliveryLanePartition,
  deliveryToRow,
  endpointFrom,
  endpointKey,
  endpointsBegin,
  endpointToRow,
  healthBegins,
  healthFrom,
  healthKey,
  tenantPartition,
} from './webhook-rows.ts';
import { type Action, putAlone, transact } from './write.ts';

const isNew = 'attribute_not_exists(pk)';
/** The item is as it was read. Endpoints of before have no version. */
export const atVersion = (version: number) =>
  version === 0
    ? {
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#version)',
        ExpressionAttributeNames: { '#version': 'version' },
      }
    : {
        ConditionExpression: '#version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      };

/** The rows of a partition whose sort key begins so, read consistently. */
export async function rowsOf(
  client: DynamoDBDocumentClient,
  TableName: string,
  { pk, begins = '', newestFirst = false }: { pk: string; begins?: string; newestFirst?: boolean },
): Promise<Row[]> {
  const rows: Row[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName,
      KeyConditionExpression: `pk = :pk${begins === '' ? '' : ' AND begins_with(sk, :sk)'}`,
      ExpressionAttributeValues: { ':pk': pk, ...(begins === '' ? {} : { ':sk': begins }) },
      ConsistentRead: true,
      ScanIndexForward: !newestFirst,
    },
  );
  for await (const { Items } of pages) rows.push(...(Items ?? []));
  return rows;
}

/** The counters of deliveries that are made, apart from those of attempts: the two never write one item at the same time. */
const creationsShardOf = (first: Delivery | undefined): number =>
  statsShards + bucketOf(first?.id ?? '', statsCreationShards);

/** The WebhookStore port. */
export function dynamoWebhooks(
  client: DynamoDBDocumentClient,
  { webhooks: TableName }: Pick<Tables, 'webhooks'>,
  clock: Pick<Clock, 'now'>,
): WebhookStore {
  const get = async (Key: { pk: string; sk: string }) =>
    (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
  const counting = (id: EndpointId, shard: number, tally: Tally): Action[] => {
    const Update = addition(TableName, id, shard, tally);
    return Update === null ? [] : [{ Update }];
  };
  const creating = (deliveries: readonly Delivery[]): Action[] =>
    deliveries.map((one) => ({
      Put: { TableName, Item: deliveryToRow(one), ConditionExpression: isNew },
    }));

  /** Creates those of one endpoint, with their count, in one write. Those that exist already are left out of it. */
  const createTogether = async (id: EndpointId, given: readonly Delivery[]): Promise<void> => {
    for (let wanted = given; wanted.length > 0; ) {
      const count = together(wanted.map(() => created));
      const actions = [...creating(wanted), ...counting(id, creationsShardOf(wanted[0]), count)];
      const refused = new Set(await transact(client, actions));
      if (refused.size === 0) return;
      wanted = wanted.filter((_, index) => !refused.has(index));
    }
  };

  const endpointsOf: WebhookStore['endpointsOf'] = async (tenant) =>
    (await rowsOf(client, TableName, { pk: tenantPartition(tenant), begins: endpointsBegin })).map(
      endpointFrom,
    );
  return {
    endpointsOf,
    slowOf: async (tenant) => {
      const pk = tenantPartition(tenant);
      const rows = await rowsOf(client, TableName, { pk, begins: healthBegins });
      const slow = rows.filter((row) => healthFrom(row).slowSince !== null);
      return new Set(slow.map(({ sk }) => String(sk).slice(healthBegins.length) as EndpointId));
    },
    endpoint: async (tenant, id) => {
      const [row, health] = await all([get(endpointKey(tenant, id)), get(healthKey(tenant, id))]);
      return row === undefined ? null : { endpoint: endpointFrom(row), health: healthFrom(health) };
    },
    createDeliveries: async (deliveries) => {
      // The table deletes what is older, so it was made and deleted, and is not made once more.
      const kept = deliveries.filter((one) => one.createdAt > clock.now() - deliveryKeptMs);
      // A transaction names an item once.
      const unique = new Map(kept.toReversed().map((one) => [one.id, one]));
      const wanted = kept.filter((one) => unique.get(one.id) === one);
      const endpoints = Map.groupBy(wanted, ({ endpointId }) => endpointId);
      await all(
        [...endpoints].map(async ([id, ofEndpoint]) => {
          for (let start = 0; start < ofEndpoint.length; start += deliveriesTogetherMax)
            await createTogether(id, ofEndpoint.slice(start, start + deliveriesTogetherMax));
        }),
      );
    },
    deliveries: async (lane) => {
      // A later delivery is written after the earlier: newest first, none is read without those before it.
      const pk = deliveryLanePartition(lane);
      const newestFirst = await rowsOf(client, TableName, { pk, newestFirst: true });
      return newestFirst.map(deliveryFrom).reverse();
    },
    saveBegin: (to) =>
      putAlone(client, { TableName, Item: deliveryToRow(to), ...atVersion(to.version - 1) }),
    saveEnd: async (from, to) => {
      const shard = bucketOf(to.id, statsShards);
      const refused = await transact(client, [
        { Put: { TableName, Item: deliveryToRow(to), ...atVersion(to.version - 1) } },
        ...counting(to.endpointId, shard, ended(from, to)),
      ]);
      return refused.length === 0;
    },
    saveHealth: async ({ tenant, id }, { failed, slow }) => {
      const now = clock.now();
      const kept = { failingSince: failed, slowSince: slow || failed };
      const names = Object.entries(kept);
      const set = names.filter(([, goesOn]) => goesOn).map(([name]) => name);
      const removed = names.filter(([, goesOn]) => !goesOn).map(([name]) => name);
      await client.send(
        new UpdateCommand({
          TableName,
          Key: healthKey(tenant, id),
          UpdateExpression: [
            `SET expiresAt = :expiresAt${set.map((name) => `, ${name} = if_not_exists(${name}, :now)`).join('')}`,
            ...(removed.length === 0 ? [] : [`REMOVE ${removed.join(', ')}`]),
          ].join(' '),
          ExpressionAttributeValues: {
            // An endpoint that has been told nothing for so long begins anew, and that of a deleted one is not kept.
            ':expiresAt': Math.ceil((now + deliveryKeptMs) / 1_000),
            ...(set.length === 0 ? {} : { ':now': now }),
          },
        }),
      );
    },
    disable: async (to, telling) => {
      const counts = Map.groupBy(telling, ({ endpointId }) => endpointId);
      const refused = await transact(client, [
        { Put: { TableName, Item: endpointToRow(to), ...atVersion(to.version - 1) } },
        ...creating(telling),
        ...[...counts].flatMap(([id, list]) =>
          counting(id, creationsShardOf(list[0]), together(list.map(() => created))),
        ),
      ]);
      return refused.length === 0;
    },
  };
}
