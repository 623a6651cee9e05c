/** Events, who is told of them, and the delivery that each endpoint gets. */
import {
  deliveryId,
  type EndpointId,
  type EventId,
  eventId,
  type SourceId,
} from '../kernel/ids.ts';
import type { Explorers } from '../kernel/networks.ts';
import { type Instant, timeOf } from '../kernel/time.ts';
import type { WalletTransaction } from '../ledger/wallet.ts';
import { resourceOf, transactionResourceOf } from '../requests/resource.ts';
import { stages, type Withdrawal } from '../withdrawal/withdrawal.ts';
import type { DisabledReason, WebhookEndpoint } from './endpoint.ts';
import { isWanted } from './endpoint.ts';
import type { Delivery } from './webhook.ts';

export type WebhookEvent = {
  id: EventId;
  type: string;
  tenant: string;
  /** What it is about. An endpoint hears of all events with the same source in sequence. */
  sourceId: SourceId;
  sequence: number;
  at: Instant;
  data: unknown;
};

/**
 * The event of the last line of the withdrawal's timeline: it has come into a stage that is news, or begins to wait for its next
 * attempt; `null`: neither.
 */
export function withdrawalEvent(withdrawal: Withdrawal, explorers: Explorers): WebhookEvent | null {
  const { id, tenant, history, updatedAt, stage } = withdrawal;
  const isRetry = history.at(-1)?.attempt !== undefined;
  const event = isRetry ? 'retrying' : stages[stage].event;
  if (event === null) return null;
  const sequence = history.length;
  return {
    id: eventId(id, sequence),
    type: `withdrawal.${event}`,
    tenant,
    sourceId: id,
    sequence,
    at: updatedAt,
    data: resourceOf(withdrawal, explorers),
  };
}

/** The event of a credit or debit that has come into the ledger; `null`: it has not, or not yet. */
export function transactionEvent(transaction: WalletTransaction): WebhookEvent | null {
  if (transaction.status !== 'PROCESSED') return null;
  const { id, tenant, type, processedAt } = transaction;
  return {
    id: eventId(id, 1),
    type: type === 'CREDIT' ? 'wallet.credited' : 'wallet.debited',
    tenant,
    sourceId: id,
    sequence: 1,
    at: processedAt,
    data: transactionResourceOf(transaction),
  };
}

/** An event that belongs to no sequence: it is a lane of its own. Its id follows from what makes it the same event. */
export function loneEvent(
  { tenant, type, at, data }: Pick<WebhookEvent, 'tenant' | 'type' | 'at' | 'data'>,
  same: string,
): WebhookEvent {
  const id = eventId(same, 1);
  return { id, type, tenant, sourceId: id, sequence: 1, at, data };
}

/** What a tenant is told at its other endpoints when we disable one. One version of it is disabled once. */
export const disabledEvent = (
  endpoint: WebhookEndpoint,
  why: DisabledReason,
  at: Instant,
): WebhookEvent =>
  loneEvent(
    {
      tenant: endpoint.tenant,
      type: 'webhook-endpoint.disabled',
      at,
      data: { id: endpoint.id, url: endpoint.url, disabledReason: why, disabledAt: timeOf(at) },
    },
    `${endpoint.id} disabled ${endpoint.version}`,
  );

/** What a client asks for to try an endpoint. */
export const testEvent = (endpoint: WebhookEndpoint, at: Instant, unique: string): WebhookEvent =>
  loneEvent(
    {
      tenant: endpoint.tenant,
      type: 'webhook-endpoint.test',
      at,
      data: { id: endpoint.id, url: endpoint.url, sentAt: timeOf(at) },
    },
    `${endpoint.id} test ${unique}`,
  );

/** An event of a client's own, once for each of its names and endpoint. */
export const ownEvent = (
  endpoint: WebhookEndpoint,
  { type, name, data }: { type: string; name: string; data: unknown },
  at: Instant,
): WebhookEvent =>
  loneEvent({ tenant: endpoint.tenant, type, at, data }, `${endpoint.tenant} own ${name}`);

/** What everybody is told of an event. */
export const envelopeOf = ({ id, type, at, sequence, data }: WebhookEvent) => ({
  id,
  type,
  timestamp: timeOf(at),
  sequence,
  data,
});

/** The exact text that is signed and sent. */
const bodyOf = (event: WebhookEvent): string => JSON.stringify(envelopeOf(event));

/** The delivery of an event to one endpoint, whether it wants it or not. */
export const deliveryTo = (endpointId: EndpointId, event: WebhookEvent): Delivery =>
  deliveryOf(endpointId, event, bodyOf(event));

/** One delivery for each enabled endpoint that wanted the event when it happened, however late we look. */
export function deliveriesOf(
  event: WebhookEvent,
  endpoints: readonly WebhookEndpoint[],
): Delivery[] {
  const wanting = endpoints.filter((one) => isWanted(one, event.type, event.at));
  if (wanting.length === 0) return [];
  const body = bodyOf(event);
  return wanting.map(({ id }) => deliveryOf(id, event, body));
}

const deliveryOf = (
  endpointId: EndpointId,
  { id, type, tenant, sourceId, sequence, at }: WebhookEvent,
  body: string,
): Delivery => ({
  id: deliveryId(endpointId, sourceId, sequence),
  endpointId,
  tenant,
  eventId: id,
  type,
  sourceId,
  sequence,
  status: 'PENDING',
  failure: null,
  body,
  attempts: [],
  reopened: 0,
  nextAttemptAt: at,
  dueAt: at,
  version: 1,
  createdAt: at,
});
