/** The rows of the `webhooks` table: endpoints, how they do, deliveries, the attempts of earlier rounds, and counters. */
import * as z from 'zod';
import {
  bucketOf,
  type DeliveryId,
  type DeliveryLane,
  deliveryId,
  type EndpointId,
  type EventId,
  type SourceId,
} from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import type { Instant } from '../../core/kernel/time.ts';
import {
  disabledReasons,
  type EndpointHealth,
  type WebhookEndpoint,
  wantsSince,
} from '../../core/webhooks/endpoint.ts';
import { deliveryKeptMs } from '../../core/webhooks/limits.ts';
import {
  type Delivery,
  type DeliveryAttempt,
  deliveryFailures,
  deliveryLaneOf,
  deliveryStatuses,
} from '../../core/webhooks/webhook.ts';
import { idText, instant, integer } from './fields.ts';
import { duePartition, orderOf, type Row } from './keys.ts';

const endpointIdText = idText<EndpointId>();

/** A tenant's endpoints share a partition, each with a row of how it does. A row by the endpoint's id says whose it is. */
export const endpointsBegin = 'ENDPOINT#';
const healthBegins = 'HEALTH#';
export const tenantPartition = (tenant: string) => `TENANT#${tenant}`;
export const endpointKey = (tenant: string, id: EndpointId) => ({
  pk: tenantPartition(tenant),
  sk: endpointsBegin + id,
});
export const healthKey = (tenant: string, id: EndpointId) => ({
  pk: tenantPartition(tenant),
  sk: healthBegins + id,
});
export const ownerKey = (id: EndpointId) => ({ pk: `ENDPOINT#${id}`, sk: 'OWNER' });
/** It counts how often an endpoint was created, so that two that are created at once see each other. */
export const creationsKey = (tenant: string) => ({ pk: `CREATIONS#${tenant}`, sk: 'ENDPOINTS' });
/** A delivery lane is a partition, so that one consistent query reads all of its deliveries in sequence. */
export const deliveryLanePartition = (lane: DeliveryLane) => `DEL#${lane}`;
/** The lane of a row that is due; `null`: the row is no delivery. */
export const deliveryLaneIn = (pk: string): DeliveryLane | null =>
  pk.startsWith('DEL#') ? (pk.slice('DEL#'.length) as DeliveryLane) : null;
export const deliveryKey = (lane: DeliveryLane, sequence: number) => ({
  pk: deliveryLanePartition(lane),
  sk: String(sequence).padStart(6, '0'),
});
/** Each round of attempts that a redelivery has ended is an item beside the lane, so that a lane stays small. */
export const roundsPartition = (id: DeliveryId) => `ROUNDS#${id}`;
export const roundKey = (id: DeliveryId, round: number) => ({
  pk: roundsPartition(id),
  sk: String(round).padStart(6, '0'),
});
/** The partition of the index `byState`: only deliveries under way and those that were given up are in it. */
export const statePartition = (id: EndpointId, status: 'PROCESSING' | 'FAILED') =>
  `${id}#${status}`;

/** When the table deletes the row, in seconds (DynamoDB guide, "Time to Live"). */
export const expiryOf = (createdAt: Instant): number =>
  Math.ceil((createdAt + deliveryKeptMs) / 1_000);

const endpointRow = z.object({
  id: endpointIdText,
  tenant: z.string(),
  url: z.string(),
  method: z.enum(['POST', 'GET']).default('POST'),
  /** Pairs, because a map of DynamoDB keeps no order. */
  urlParams: z
    .array(z.tuple([z.string(), z.string()]))
    .transform((pairs) => Object.fromEntries(pairs))
    .nullable()
    .default(null),
  events: z.array(z.string()),
  wants: z.array(z.object({ pattern: z.string(), since: instant })).optional(),
  secret: z.string(),
  formerSecrets: z.array(z.object({ secret: z.string(), until: instant })).default([]),
  description: z.string().nullable(),
  enabled: z.boolean(),
  disabledReason: z.enum(disabledReasons).nullable().default(null),
  createdAt: instant,
  version: integer.default(0),
});

/** Endpoints from before they could be changed have wanted what they want since they were made. */
export function endpointFrom(row: unknown): WebhookEndpoint {
  const { wants, ...endpoint } = endpointRow.parse(row);
  return { ...endpoint, wants: wants ?? wantsSince(endpoint.events, endpoint.createdAt) };
}

/** What is as it was for every endpoint once is left out. */
export function endpointToRow(endpoint: WebhookEndpoint): Row {
  const { method, urlParams, wants, formerSecrets, disabledReason, version, ...rest } = endpoint;
  const first = wantsSince(endpoint.events, endpoint.createdAt);
  return {
    ...endpointKey(endpoint.tenant, endpoint.id),
    ...rest,
    method: method === 'POST' ? undefined : method,
    urlParams: urlParams === null ? undefined : Object.entries(urlParams),
    wants: JSON.stringify(wants) === JSON.stringify(first) ? undefined : wants,
    formerSecrets: formerSecrets.length === 0 ? undefined : formerSecrets,
    disabledReason: disabledReason ?? undefined,
    version: version === 0 ? undefined : version,
  };
}

const healthRow = z.object({
  failingSince: instant.nullable().default(null),
  slowSince: instant.nullable().default(null),
});
export const healthFrom = (row: unknown): EndpointHealth => ({
  isKnown: row !== undefined,
  ...healthRow.parse(row ?? {}),
});

const absentIsNull = <T extends z.ZodType>(schema: T) => schema.nullable().default(null);
const attemptRow = z.object({
  number: integer,
  startedAt: instant,
  completedAt: absentIsNull(instant),
  durationMs: absentIsNull(integer),
  httpStatus: absentIsNull(integer),
  responseBody: absentIsNull(z.string()),
  error: absentIsNull(z.string()),
  query: z.string().optional(),
});

/** What follows from the key is left out of a row, for a row of more than 1 KB is twice the price. */
const deliveryRow = z.object({
  pk: z.string(),
  sk: z.string(),
  id: idText<DeliveryId>().optional(),
  endpointId: endpointIdText.optional(),
  tenant: z.string(),
  eventId: idText<EventId>(),
  type: z.string(),
  sourceId: idText<SourceId>().optional(),
  sequence: integer.optional(),
  status: z.enum(deliveryStatuses),
  failure: z.enum(deliveryFailures).nullable().default(null),
  body: z.string(),
  attempts: z.array(attemptRow),
  reopened: integer.default(0),
  openedBy: z.string().optional(),
  nextAttemptAt: instant.nullable().default(null),
  dueAt: instant.nullable().default(null),
  version: integer,
  createdAt: instant,
});

/** What the key of a delivery says. */
function inKey({ pk, sk }: { pk: string; sk: string }) {
  const [, endpoint = '', source = ''] = pk.split('#');
  const [endpointId, sourceId, sequence] = [
    endpoint as EndpointId,
    source as SourceId,
    Number(sk),
  ] as const;
  return { id: deliveryId(endpointId, sourceId, sequence), endpointId, sourceId, sequence };
}

export const deliveryToRow = (delivery: Delivery): Row => {
  const { nextAttemptAt, dueAt, failure, reopened, attempts, ...rest } = delivery;
  const { id, endpointId, sourceId, sequence, status, createdAt } = delivery;
  const key = deliveryKey(deliveryLaneOf(delivery), delivery.sequence);
  const follows = inKey(key);
  return {
    ...key,
    ...rest,
    id: id === follows.id ? undefined : id,
    endpointId: endpointId === follows.endpointId ? undefined : endpointId,
    sourceId: sourceId === follows.sourceId ? undefined : sourceId,
    sequence: sequence === follows.sequence ? undefined : sequence,
    attempts: attempts.map(attemptToRow),
    failure: failure ?? undefined,
    reopened: reopened === 0 ? undefined : reopened,
    nextAttemptAt: nextAttemptAt ?? undefined,
    dueAt: dueAt ?? undefined,
    dueShard: dueAt === null ? undefined : duePartition(bucketOf(id, dueShards)),
    list: endpointId,
    order: orderOf(createdAt, id),
    state:
      status === 'PROCESSING' || status === 'FAILED'
        ? statePartition(endpointId, status)
        : undefined,
    expiresAt: expiryOf(createdAt),
  };
};

/** Fields that are absent in the row are absent in the delivery, too. */
export function deliveryFrom(row: unknown): Delivery {
  const { pk, sk, attempts, openedBy, ...rest } = deliveryRow.parse(row);
  const key = inKey({ pk, sk });
  return {
    ...rest,
    id: rest.id ?? key.id,
    endpointId: rest.endpointId ?? key.endpointId,
    sourceId: rest.sourceId ?? key.sourceId,
    sequence: rest.sequence ?? key.sequence,
    ...(openedBy === undefined ? {} : { openedBy }),
    attempts: attempts.map(attemptOf),
  };
}
const attemptOf = ({ query, ...attempt }: z.output<typeof attemptRow>): DeliveryAttempt =>
  query === undefined ? attempt : { ...attempt, query };
const attemptToRow = (attempt: DeliveryAttempt): Row =>
  Object.fromEntries(Object.entries(attempt).filter(([, value]) => value !== null));

export const roundToRow = ({ id, reopened, attempts, createdAt }: Delivery): Row => ({
  ...roundKey(id, reopened),
  attempts: attempts.map(attemptToRow),
  expiresAt: expiryOf(createdAt),
});
const roundRow = z.object({ attempts: z.array(attemptRow) });
export const roundFrom = (row: unknown): DeliveryAttempt[] =>
  roundRow.parse(row).attempts.map(attemptOf);
