/** Endpoints and deliveries as clients see them. */

import type { EndpointId } from '../kernel/ids.ts';
import { type Instant, timeOf, timeOrNull } from '../kernel/time.ts';
import type { WebhookEndpoint } from './endpoint.ts';
import { percentile, type Tally, together } from './tally.ts';
import type { Delivery, DeliveryAttempt } from './webhook.ts';

export const endpointResourceOf = ({
  id,
  url,
  method,
  urlParams,
  events,
  description,
  enabled,
  disabledReason,
  createdAt,
}: WebhookEndpoint) => ({
  id,
  url,
  method,
  urlParams,
  events,
  description,
  enabled,
  disabledReason,
  createdAt: timeOf(createdAt),
});

const attemptResourceOf = ({
  number,
  startedAt,
  completedAt,
  durationMs,
  httpStatus,
  responseBody,
  error,
  query,
}: DeliveryAttempt) => ({
  number,
  startedAt: timeOf(startedAt),
  completedAt: timeOrNull(completedAt),
  durationMs,
  httpStatus,
  responseBody,
  error,
  query: query ?? null,
});

export const deliveryResourceOf = (
  delivery: Delivery,
  earlier: readonly (readonly DeliveryAttempt[])[] = [],
) => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  eventId: delivery.eventId,
  type: delivery.type,
  status: delivery.status,
  failure: delivery.failure,
  nextAttemptAt: timeOrNull(shownNext(delivery)),
  body: delivery.body,
  attempts: delivery.attempts.map(attemptResourceOf),
  redeliveries: delivery.reopened,
  earlierAttempts: earlier.map((round) => round.map(attemptResourceOf)),
  createdAt: timeOf(delivery.createdAt),
});

/** While an attempt is under way the next one has no time. */
const shownNext = ({ status, nextAttemptAt }: Delivery): Instant | null =>
  status === 'PENDING' ? nextAttemptAt : null;

type Counted = { id: EndpointId; tally: Tally & { processing: number } };

function countsOf(tally: Counted['tally']) {
  const { open, processing, completed, failed, attempts } = tally;
  const ended = completed + failed;
  return {
    // The number under way is of another moment than the others.
    pending: Math.max(open - processing, 0),
    processing: Math.min(processing, open),
    completed,
    failed,
    attempts,
    // An attempt that ended no delivery has failed, and whoever looks then is not told that all is well.
    successRate: ended === 0 ? Number(attempts === 0) : completed / ended,
    p50Ms: percentile(tally, 0.5),
    p95Ms: percentile(tally, 0.95),
  };
}

export const statsResourceOf = (tallies: readonly Counted[]) => ({
  ...countsOf({
    ...together(tallies.map(({ tally }) => tally)),
    processing: tallies.reduce((sum, { tally }) => sum + tally.processing, 0),
  }),
  byEndpoint: tallies.map(({ id, tally }) => ({ endpointId: id, ...countsOf(tally) })),
});
