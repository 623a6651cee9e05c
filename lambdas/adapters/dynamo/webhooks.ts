/** Keeps webhook endpoints and deliveries in the `webhooks` table. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { all } from '../../core/kernel/all.ts';
import {
  bucketOf,
  type DeliveryId,
  type DeliveryLane,
  type EndpointId,
  type EventId,
} from '../../core/kernel/ids.ts';
import { dueShards, webhookEndpointsMax } from '../../core/kernel/limits.ts';
import type { WebhookStore } from '../../core/webhooks/store.ts';
import {
  type Delivery,
  deliveryLaneOf,
  type WebhookEndpoint,
} from '../../core/webhooks/webhook.ts';
import type { Tables } from './client.ts';
import { idText, instant, integer, withdrawalIdText } from './fields.ts';
import { duePartition, type Row } from './keys.ts';
import { putAlone, transact } from './write.ts';

const endpointIdText = idText<EndpointId>();

const endpointRow = z.object({
  id: endpointIdText,
  tenant: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  secret: z.string(),
  description: z.string().nullable(),
  enabled: z.boolean(),
  createdAt: instant,
});

const creationsRow = z.object({ creations: z.bigint() });

const deliveryRow = z.object({
  id: idText<DeliveryId>(),
  endpointId: endpointIdText,
  tenant: z.string(),
  eventId: idText<EventId>(),
  type: z.string(),
  sourceId: withdrawalIdText,
  sequence: integer,
  status: z.enum(['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED']),
  body: z.string(),
  attempts: z.array(
    z.object({
      number: integer,
      startedAt: instant,
      completedAt: instant.nullable(),
      durationMs: integer.nullable(),
      httpStatus: integer.nullable(),
      responseBody: z.string().nullable(),
      error: z.string().nullable(),
    }),
  ),
  nextAttemptAt: instant.nullable().default(null),
  version: integer,
  createdAt: instant,
});

/** A tenant's endpoints share a partition. A second row, by the endpoint's id, says whose it is. */
const ofTenant = (tenant: string) => `TENANT#${tenant}`;
const endpointKey = (tenant: string, id: EndpointId) => ({
  pk: ofTenant(tenant),
  sk: `ENDPOINT#${id}`,
});
/** It counts how often an endpoint was created, so that two that are created at once see each other. */
const creationsKey = (tenant: string) => ({ pk: `CREATIONS#${tenant}`, sk: 'ENDPOINTS' });
const ownerKey = (id: EndpointId) => ({ pk: `ENDPOINT#${id}`, sk: 'OWNER' });
/** A delivery lane is a partition, so that one consistent query reads all of its deliveries in sequence. */
const deliveryLanePartition = (lane: DeliveryLane) => `DEL#${lane}`;
export const deliveryLaneIn = (pk: string): DeliveryLane => pk.slice('DEL#'.length) as DeliveryLane;
const deliveryKey = (delivery: Delivery) => ({
  pk: deliveryLanePartition(deliveryLaneOf(delivery)),
  sk: String(delivery.sequence).padStart(6, '0'),
});

const deliveryToRow = (delivery: Delivery): Row => {
  const { nextAttemptAt, ...rest } = delivery;
  return {
    ...deliveryKey(delivery),
    ...rest,
    nextAttemptAt: nextAttemptAt ?? undefined,
    dueAt: nextAttemptAt ?? undefined,
    dueShard: nextAttemptAt === null ? undefined : duePartition(bucketOf(delivery.id, dueShards)),
  };
};
const deliveryFrom = (row: unknown): Delivery => deliveryRow.parse(row);

export type WebhookEndpoints = {
  /** Answers `false`, and creates nothing, when the tenant has `webhookEndpointsMax` already, also when many ask at once. */
  create(endpoint: WebhookEndpoint): Promise<boolean>;
};

/** The WebhookStore port, and the creation of endpoints. */
export function dynamoWebhooks(
  client: DynamoDBDocumentClient,
  { webhooks }: Tables,
): WebhookStore & WebhookEndpoints {
  const get = async (Key: { pk: string; sk: string }) =>
    (await client.send(new GetCommand({ TableName: webhooks, Key, ConsistentRead: true }))).Item;
  const put = (row: Row, ConditionExpression: string, values?: Row): Promise<boolean> =>
    putAlone(client, {
      TableName: webhooks,
      Item: row,
      ConditionExpression,
      ...(values === undefined
        ? {}
        : {
            ExpressionAttributeValues: values,
            ExpressionAttributeNames: { '#version': 'version' },
          }),
    });
  const endpointsOf: WebhookStore['endpointsOf'] = async (tenant) => {
    const rows: Row[] = [];
    const pages = paginateQuery(
      { client },
      {
        TableName: webhooks,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': ofTenant(tenant), ':sk': 'ENDPOINT#' },
        ConsistentRead: true,
      },
    );
    for await (const { Items } of pages) rows.push(...(Items ?? []));
    return rows.map((row) => endpointRow.parse(row));
  };
  return {
    endpointsOf,
    endpoint: async (id) => {
      const owner = await get(ownerKey(id));
      if (owner === undefined) return null;
      const row = await get(endpointKey(z.string().parse(owner['tenant']), id));
      return row === undefined ? null : endpointRow.parse(row);
    },
    create: async (endpoint) => {
      const { id, tenant } = endpoint;
      const isNew = 'attribute_not_exists(pk)';
      const owner = {
        TableName: webhooks,
        Item: { ...ownerKey(id), tenant },
        ConditionExpression: `${isNew} OR tenant = :tenant`,
        ExpressionAttributeValues: { ':tenant': tenant },
      };
      const created = {
        TableName: webhooks,
        Item: { ...endpointKey(tenant, id), ...endpoint },
        ConditionExpression: isNew,
      };
      // Whoever is refused has seen another endpoint created, so this ends at the limit.
      for (;;) {
        const creations = await get(creationsKey(tenant));
        if ((await endpointsOf(tenant)).length >= webhookEndpointsMax) return false;
        const seen = creations === undefined ? 0n : creationsRow.parse(creations).creations;
        const counted = {
          TableName: webhooks,
          Item: { ...creationsKey(tenant), creations: seen + 1n },
          ...(creations === undefined
            ? { ConditionExpression: isNew }
            : {
                ConditionExpression: 'creations = :seen',
                ExpressionAttributeValues: { ':seen': seen },
              }),
        };
        const refused = await transact(client, [
          { Put: owner },
          { Put: created },
          { Put: counted },
        ]);
        // An endpoint of this id is this endpoint.
        if (!refused.includes(2) || refused.length > 1) return true;
      }
    },
    createDeliveries: async (deliveries) => {
      const lanes = Map.groupBy(deliveries, deliveryLaneOf);
      await all(
        [...lanes.values()].map(async (lane) => {
          for (const delivery of lane)
            await put(deliveryToRow(delivery), 'attribute_not_exists(pk)');
        }),
      );
    },
    deliveries: async (lane) => {
      const newestFirst: Delivery[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName: webhooks,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': deliveryLanePartition(lane) },
          ConsistentRead: true,
          // A later delivery is written after the earlier: newest first, none is read without those before it.
          ScanIndexForward: false,
        },
      );
      for await (const { Items } of pages) newestFirst.push(...(Items ?? []).map(deliveryFrom));
      return newestFirst.reverse();
    },
    saveDelivery: (to) =>
      put(deliveryToRow(to), '#version = :version', { ':version': to.version - 1 }),
  };
}
