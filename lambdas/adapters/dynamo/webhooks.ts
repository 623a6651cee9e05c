/** Keeps webhook endpoints and deliveries in the `webhooks` table: what relay, retell and 7-deliver-webhook need of them. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { all } from '../../core/kernel/all.ts';
import {
  bucketOf,
  type DeliveryId,
  type DeliveryLane,
  type EndpointId,
  sourceIn,
} from '../../core/kernel/ids.ts';
import type { Clock } from '../../core/kernel/world.ts';
import {
  deliveriesTogetherMax,
  deliveryKeptMs,
  statsCreationShards,
  statsShards,
} from '../../core/webhooks/limits.ts';
import type { WebhookStore } from '../../core/webhooks/store.ts';
import { created, ended, type Tally, together } from '../../core/webhooks/tally.ts';
import { type Delivery, deliveryLaneOf } from '../../core/webhooks/webhook.ts';
import type { Tables } from './client.ts';
import type { Row } from './keys.ts';
import { pageItemsMax } from './page.ts';
import { batchGet } from './store.ts';
import { addition } from './webhook-counters.ts';
import {
  deliveryFrom,
  deliveryKey,
  deliveryLanePartition,
  deliveryToRow,
  endpointFrom,
  endpointKey,
  endpointsBegin,
  endpointToRow,
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
    { client, pageSize: pageItemsMax },
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

/** What is of no withdrawal is of no sequence: it is a lane of one delivery (core/webhooks/event.ts). */
const isLone = (lane: DeliveryLane): boolean => !sourceIn(lane).startsWith('wd_');

/** Makes the writes of all in one transaction, but for those whose own condition refuses them, and answers those that were made. */
async function withoutRefused<T>(
  client: DynamoDBDocumentClient,
  given: readonly T[],
  actionsOf: (some: readonly T[]) => Action[],
): Promise<readonly T[]> {
  for (let wanted = given; ; ) {
    if (wanted.length === 0) return [];
    const refused = new Set(await transact(client, actionsOf(wanted)));
    if (refused.size === 0) return wanted;
    wanted = wanted.filter((_, index) => !refused.has(index));
  }
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
  const counting = (id: EndpointId, shard: number, tally: Tally): Action[] => {
    const Update = addition(TableName, id, shard, tally);
    return Update === null ? [] : [{ Update }];
  };
  const atOnlyVersion = (to: Delivery) => ({
    TableName,
    Item: deliveryToRow(to),
    ...atVersion(to.version - 1),
  });
  const creating = (deliveries: readonly Delivery[]): Action[] =>
    deliveries.map((one) => ({
      Put: { TableName, Item: deliveryToRow(one), ConditionExpression: isNew },
    }));

  const countingNew = (deliveries: readonly Delivery[]): Action[] =>
    [...Map.groupBy(deliveries, ({ endpointId }) => endpointId)].flatMap(([id, ofEndpoint]) =>
      counting(id, creationsShardOf(ofEndpoint[0]), together(ofEndpoint.map(() => created))),
    );

  /** A lane of a withdrawal is a partition, newest first: a later delivery is written after the earlier, so none is read without those before it. */
  const laneOf = async (lane: DeliveryLane): Promise<Delivery[]> => {
    const pk = deliveryLanePartition(lane);
    const newestFirst = await rowsOf(client, TableName, { pk, newestFirst: true });
    return newestFirst.map(deliveryFrom).reverse();
  };
  /** Many lanes of one delivery each are one request. */
  const lonesOf = async (lanes: readonly DeliveryLane[]): Promise<Map<string, Delivery[]>> => {
    const rows = await batchGet(
      client,
      TableName,
      lanes.map((lane) => deliveryKey(lane, 1)),
    );
    return Map.groupBy(rows.map(deliveryFrom), deliveryLaneOf);
  };

  return {
    endpointsOf: async (tenant) => {
      const rows = await rowsOf(client, TableName, { pk: tenantPartition(tenant) });
      const health = new Map(rows.map((row) => [row['sk'], row]));
      return rows
        .filter(({ sk }) => String(sk).startsWith(endpointsBegin))
        .map(endpointFrom)
        .map((endpoint) => ({
          endpoint,
          health: healthFrom(health.get(healthKey(tenant, endpoint.id).sk)),
        }));
    },
    endpoints: async (asked) => {
      const keys = asked.flatMap(({ tenant, id }) => [
        endpointKey(tenant, id),
        healthKey(tenant, id),
      ]);
      const rows = await batchGet(client, TableName, keys);
      const byKey = new Map(rows.map((row) => [`${row['pk']} ${row['sk']}`, row]));
      const rowAt = ({ pk, sk }: { pk: string; sk: string }) => byKey.get(`${pk} ${sk}`);
      return asked.map(({ tenant, id }) => {
        const row = rowAt(endpointKey(tenant, id));
        const health = healthFrom(rowAt(healthKey(tenant, id)));
        return row === undefined ? null : { endpoint: endpointFrom(row), health };
      });
    },
    createDeliveries: async (deliveries) => {
      // The table deletes what is older, so it was made and deleted, and is not made once more.
      const kept = deliveries.filter((one) => one.createdAt > clock.now() - deliveryKeptMs);
      // A transaction names an item once.
      const unique = new Map(kept.toReversed().map((one) => [one.id, one]));
      const wanted = kept.filter((one) => unique.get(one.id) === one);
      const written = new Set<DeliveryId>();
      for (let start = 0; start < wanted.length; start += deliveriesTogetherMax) {
        const some = wanted.slice(start, start + deliveriesTogetherMax);
        const made = await withoutRefused(client, some, (left) => [
          ...creating(left),
          ...countingNew(left),
        ]);
        for (const { id } of made) written.add(id);
      }
      return written;
    },
    lanes: async (lanes) => {
      const lones = lonesOf(lanes.filter(isLone));
      return all(
        lanes.map(async (lane) => (isLone(lane) ? ((await lones).get(lane) ?? []) : laneOf(lane))),
      );
    },
    saveBegins: async (begun) => {
      const [first, ...others] = begun.map((to) => atOnlyVersion(to));
      // Alone it is no transaction, which costs twice as much.
      if (first !== undefined && others.length === 0) return [await putAlone(client, first)];
      const saved = await withoutRefused(client, begun, (some) =>
        some.map((to) => ({ Put: atOnlyVersion(to) })),
      );
      return begun.map((one) => saved.includes(one));
    },
    saveEnds: async (ends) => {
      const saved = await withoutRefused(client, ends, (some) => [
        ...some.map(({ to }) => ({ Put: atOnlyVersion(to) })),
        ...[...Map.groupBy(some, ({ to }) => to.endpointId)].flatMap(([id, ofEndpoint]) =>
          counting(
            id,
            bucketOf(ofEndpoint[0]?.to.id ?? '', statsShards),
            together(ofEndpoint.map(({ from, to }) => ended(from, to))),
          ),
        ),
      ]);
      return ends.map((one) => saved.includes(one));
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
      const refused = await transact(client, [
        { Put: { TableName, Item: endpointToRow(to), ...atVersion(to.version - 1) } },
        ...creating(telling),
        ...countingNew(telling),
      ]);
      return refused.length === 0;
    },
  };
}
