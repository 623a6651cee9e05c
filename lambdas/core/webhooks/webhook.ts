/** One delivery of an event to an endpoint, and its attempts. */
import type { DeliveryId, DeliveryLane, EndpointId, EventId, SourceId } from '../kernel/ids.ts';
import {
  recordReserveMs,
  webhookDelaysSeconds,
  webhookRetryAfterMaxSeconds,
  webhookTimeoutMs,
} from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { Dice } from '../kernel/world.ts';
import { retryDelayMs } from '../withdrawal/retry.ts';
import { attemptLostMs } from './limits.ts';

export type DeliveryAttempt = {
  /** The first of a round is 0. */
  number: number;
  startedAt: Instant;
  completedAt: Instant | null;
  durationMs: number | null;
  httpStatus: number | null;
  responseBody: string | null;
  error: string | null;
  /** The query of a GET, as it was sent. */
  query?: string;
};

export const deliveryStatuses = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED'] as const;
export const deliveryFailures = [
  'EXHAUSTED',
  'RECEIVER_GONE',
  'ENDPOINT_DISABLED',
  'ENDPOINT_DELETED',
] as const;
/** Why a delivery was given up. */
export type DeliveryFailure = (typeof deliveryFailures)[number];

export type Delivery = {
  id: DeliveryId;
  endpointId: EndpointId;
  tenant: string;
  eventId: EventId;
  type: string;
  sourceId: SourceId;
  sequence: number;
  status: (typeof deliveryStatuses)[number];
  /** Those from before this was kept have none. */
  failure: DeliveryFailure | null;
  /** The exact text of the event, which is signed and sent on every attempt of a POST. */
  body: string;
  /** Those of the present round. */
  attempts: readonly DeliveryAttempt[];
  /** How often it was opened again, for a redelivery or a replay. The attempts of each earlier round are kept apart. */
  reopened: number;
  /** Who has opened it last: a replay, by its id, or a client. */
  openedBy?: string;
  nextAttemptAt: Instant | null;
  /**
   * When sweep rings for it, which moves only where that matters, for each move is written twice: a ring that comes before
   * `nextAttemptAt` finds nothing to do. `null`: it has ended.
   */
  dueAt: Instant | null;
  version: number;
  createdAt: Instant;
};

export const deliveryLaneOf = ({
  endpointId,
  sourceId,
}: Pick<Delivery, 'endpointId' | 'sourceId'>): DeliveryLane => `${endpointId}#${sourceId}`;

/** How an attempt ended: with an answer, or with the `error` for which there is none. */
export type SendResult = {
  completedAt: Instant;
  httpStatus: number | null;
  responseBody: string | null;
  error: string | null;
  retryAfterSeconds: number | null;
};

export const isSuccess = ({ httpStatus }: Pick<SendResult, 'httpStatus'>): boolean =>
  httpStatus !== null && httpStatus >= 200 && httpStatus < 300;

/** An attempt whose end nobody recorded may have reached the receiver, and its line says so. */
function withUnknownEnd(attempts: Delivery['attempts'], now: Instant): Delivery['attempts'] {
  const last = attempts.at(-1);
  return last !== undefined && last.completedAt === null
    ? [...attempts.slice(0, -1), { ...last, completedAt: now, error: 'SENT_UNKNOWN' }]
    : attempts;
}

/** The delivery with a new attempt, to be saved before the request is sent. `query`: what a GET sends. */
export function beginAttempt(delivery: Delivery, now: Instant, query?: string): Delivery {
  const earlier = withUnknownEnd(delivery.attempts, now);
  const attempt: DeliveryAttempt = {
    number: earlier.length,
    startedAt: now,
    completedAt: null,
    durationMs: null,
    httpStatus: null,
    responseBody: null,
    error: null,
    ...(query === undefined ? {} : { query }),
  };
  // No other worker starts an attempt while this one may still be under way.
  const nextAttemptAt = (now + webhookTimeoutMs + recordReserveMs) as Instant;
  const { dueAt } = delivery;
  return {
    ...delivery,
    status: 'PROCESSING',
    nextAttemptAt,
    dueAt: dueAt !== null && dueAt > now ? dueAt : nextAttemptAt,
    attempts: [...earlier, attempt],
    version: delivery.version + 1,
  };
}

/** Whether the round has no attempt left, the last of which nobody saw end. */
export const isExhausted = ({ attempts }: Delivery): boolean =>
  attempts.length > webhookDelaysSeconds.length;

/** The delivery, given up. Its lane goes on without it: that is the recorded gap. */
export const givenUp = (delivery: Delivery, failure: DeliveryFailure, now: Instant): Delivery => ({
  ...delivery,
  status: 'FAILED',
  failure,
  nextAttemptAt: null,
  dueAt: null,
  attempts: withUnknownEnd(delivery.attempts, now),
  version: delivery.version + 1,
});

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
  const over = { nextAttemptAt: null, dueAt: null };
  if (isSuccess(result)) return { ...next, ...over, status: 'COMPLETED' };
  if (result.httpStatus === 410)
    return { ...next, ...over, status: 'FAILED', failure: 'RECEIVER_GONE' };
  if (attempt.number >= webhookDelaysSeconds.length)
    return { ...next, ...over, status: 'FAILED', failure: 'EXHAUSTED' };
  const asked = Math.min(retryAfterSeconds ?? 0, webhookRetryAfterMaxSeconds) * 1_000;
  const delay = Math.max(retryDelayMs(webhookDelaysSeconds, attempt.number + 1, dice), asked);
  const nextAttemptAt = (result.completedAt + delay) as Instant;
  return { ...next, status: 'PENDING', nextAttemptAt, dueAt: nextAttemptAt };
}

/** The delivery, which a doorbell is rung for at once: sweep rings again only where that must have been lost. */
export const rungAtOnce = (delivery: Delivery): Delivery => ({
  ...delivery,
  dueAt: ((delivery.dueAt ?? delivery.createdAt) + attemptLostMs) as Instant,
});

/** The delivery, to be made once more under the same event's id. */
export function openedAgain(from: Delivery, now: Instant, by: string): Delivery {
  return {
    ...from,
    status: 'PENDING',
    failure: null,
    attempts: [],
    reopened: from.reopened + 1,
    openedBy: by,
    nextAttemptAt: now,
    dueAt: now,
    version: from.version + 1,
  };
}
