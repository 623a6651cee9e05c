/** Webhook events, who gets them, and the attempts of one delivery. */
import {
  type DeliveryId,
  type DeliveryLane,
  deliveryId,
  type EndpointId,
  type EventId,
  eventId,
  type WithdrawalId,
} from '../kernel/ids.ts';
import {
  endpointClockSkewMs,
  recordReserveMs,
  webhookDelaysSeconds,
  webhookRetryAfterMaxSeconds,
  webhookTimeoutMs,
} from '../kernel/limits.ts';
import type { Explorers } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import { resourceOf } from '../requests/resource.ts';
import { retryDelayMs } from '../withdrawal/retry.ts';
import { stages, type Withdrawal } from '../withdrawal/withdrawal.ts';

export type WebhookEndpoint = {
  id: EndpointId;
  tenant: string;
  url: string;
  /** The names of the events that it gets; `*` for all. */
  events: readonly string[];
  secret: string;
  description: string | null;
  enabled: boolean;
  createdAt: Instant;
};

export type DeliveryAttempt = {
  /** The first is 0. */
  number: number;
  startedAt: Instant;
  completedAt: Instant | null;
  durationMs: number | null;
  httpStatus: number | null;
  responseBody: string | null;
  error: string | null;
};

export type Delivery = {
  id: DeliveryId;
  endpointId: EndpointId;
  tenant: string;
  eventId: EventId;
  type: string;
  sourceId: WithdrawalId;
  sequence: number;
  status: 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED';
  /** The exact text that is signed and sent on every attempt. */
  body: string;
  attempts: readonly DeliveryAttempt[];
  nextAttemptAt: Instant | null;
  version: number;
  createdAt: Instant;
};

export const deliveryLaneOf = ({ endpointId, sourceId }: Delivery): DeliveryLane =>
  `${endpointId}#${sourceId}`;

/** The event of the withdrawal's present stage; `null` when the stage has none. */
export function eventOf(
  withdrawal: Withdrawal,
): { id: EventId; type: string; sequence: number } | null {
  const { event } = stages[withdrawal.stage];
  if (event === null) return null;
  const sequence = withdrawal.history.length;
  return { id: eventId(withdrawal.id, sequence), type: `withdrawal.${event}`, sequence };
}

/** One delivery for each enabled endpoint that asked for the event and was there by then, however late the stream is read. */
export function deliveriesOf(
  withdrawal: Withdrawal,
  endpoints: readonly WebhookEndpoint[],
  explorers: Explorers,
): Delivery[] {
  const event = eventOf(withdrawal);
  if (event === null) return [];
  const at = withdrawal.updatedAt;
  const wanted = endpoints.filter(
    ({ enabled, events, createdAt }) =>
      enabled &&
      createdAt <= at + endpointClockSkewMs &&
      (events.includes('*') || events.includes(event.type)),
  );
  const body = JSON.stringify({
    id: event.id,
    type: event.type,
    timestamp: new Date(at).toISOString(),
    sequence: event.sequence,
    data: resourceOf(withdrawal, explorers),
  });
  return wanted.map((endpoint) => ({
    id: deliveryId(endpoint.id, withdrawal.id, event.sequence),
    endpointId: endpoint.id,
    tenant: withdrawal.tenant,
    eventId: event.id,
    type: event.type,
    sourceId: withdrawal.id,
    sequence: event.sequence,
    status: 'PENDING',
    body,
    attempts: [],
    nextAttemptAt: at,
    version: 1,
    createdAt: at,
  }));
}

/** How an attempt ended: with an answer, or with the `error` for which there is none. */
export type SendResult = {
  completedAt: Instant;
  httpStatus: number | null;
  responseBody: string | null;
  error: string | null;
  retryAfterSeconds: number | null;
};

/** The delivery with a new attempt, to be saved before the request is sent. */
export function beginAttempt(delivery: Delivery, now: Instant): Delivery {
  const last = delivery.attempts.at(-1);
  // An attempt whose end nobody recorded may have reached the receiver, and its line says so.
  const earlier =
    last !== undefined && last.completedAt === null
      ? [...delivery.attempts.slice(0, -1), { ...last, completedAt: now, error: 'SENT_UNKNOWN' }]
      : delivery.attempts;
  const attempt: DeliveryAttempt = {
    number: earlier.length,
    startedAt: now,
    completedAt: null,
    durationMs: null,
    httpStatus: null,
    responseBody: null,
    error: null,
  };
  return {
    ...delivery,
    status: 'PROCESSING',
    // No other worker starts an attempt while this one may still be under way.
    nextAttemptAt: (now + webhookTimeoutMs + recordReserveMs) as Instant,
    attempts: [...earlier, attempt],
    version: delivery.version + 1,
  };
}

/** The delivery after its attempt: a 2xx answer completes it, 410 or the last attempt fails it, else it is retried. */
export function endAttempt(delivery: Delivery, result: SendResult, dice: Dice): Delivery {
  const attempt = delivery.attempts.at(-1);
  if (attempt === undefined) throw new Error(`${delivery.id} has no attempt to end`);
  const { retryAfterSeconds, ...seen } = result;
  const ended = { ...attempt, ...seen, durationMs: result.completedAt - attempt.startedAt };
  const next = {
    ...delivery,
    attempts: [...delivery.attempts.slice(0, -1), ended],
    version: delivery.version + 1,
  };
  const status = result.httpStatus;
  if (status !== null && status >= 200 && status < 300)
    return { ...next, status: 'COMPLETED', nextAttemptAt: null };
  if (attempt.number >= webhookDelaysSeconds.length || status === 410)
    return { ...next, status: 'FAILED', nextAttemptAt: null };
  const asked = Math.min(retryAfterSeconds ?? 0, webhookRetryAfterMaxSeconds) * 1_000;
  const delay = Math.max(retryDelayMs(webhookDelaysSeconds, attempt.number + 1, dice), asked);
  return { ...next, status: 'PENDING', nextAttemptAt: (result.completedAt + delay) as Instant };
}
