/**
 * 7-deliver-webhook: what an endpoint is told of a withdrawal, in sequence. The next is not attempted before the one
 * before it is delivered or given up; each attempt is logged before it is made.
 */

import type { Budget } from '../kernel/budget.ts';
import type { DeliveryLane } from '../kernel/ids.ts';
import { recordReserveMs, webhookTimeoutMs } from '../kernel/limits.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { WebhookStore } from './store.ts';
import {
  beginAttempt,
  type Delivery,
  endAttempt,
  type SendResult,
  type WebhookEndpoint,
} from './webhook.ts';

export type DeliverWorld = {
  store: WebhookStore;
  send: (endpoint: WebhookEndpoint, delivery: Delivery) => Promise<SendResult>;
  clock: Clock;
  dice: Dice;
  budget: Budget;
};

export const makeDeliver =
  (world: DeliverWorld) =>
  /** `unfinished` when the invocation's time ran out first. */
  async (lane: DeliveryLane): Promise<'done' | 'unfinished'> => {
    const { store, clock, budget } = world;
    for (const delivery of await store.deliveries(lane)) {
      if (delivery.nextAttemptAt === null) continue;
      // Under way, or waiting for its next attempt: that goes on with what is behind it. One without any attempt is due,
      // whatever the clock of the machine said that made it.
      const waits = delivery.nextAttemptAt > clock.now() && delivery.attempts.length > 0;
      if (waits) return 'done';
      if (budget.remainingMs() < webhookTimeoutMs + recordReserveMs) return 'unfinished';
      if (!(await hasEnded(world, delivery))) return 'done';
    }
    return 'done';
  };

/** Makes one attempt; whether it was the last. */
async function hasEnded(world: DeliverWorld, delivery: Delivery): Promise<boolean> {
  const { store, send, clock, dice } = world;
  const endpoint = await store.endpoint(delivery.endpointId);
  const begun = beginAttempt(delivery, clock.now());
  // Refused: another worker has taken this attempt.
  if (!(await store.saveDelivery(begun))) return false;
  // Held up for longer than an attempt takes: by now another worker may have made the next one.
  if (begun.nextAttemptAt !== null && begun.nextAttemptAt <= clock.now()) return false;
  const result: SendResult =
    endpoint === null || !endpoint.enabled
      ? {
          completedAt: clock.now(),
          httpStatus: 410,
          responseBody: null,
          error: 'ENDPOINT_GONE',
          retryAfterSeconds: null,
        }
      : await send(endpoint, begun);
  const ended = endAttempt(begun, result, dice);
  return (await store.saveDelivery(ended)) && ended.nextAttemptAt === null;
}
