/**
 * 7-deliver-webhook: an endpoint gets the events of a withdrawal in sequence. A delivery is not attempted before the one
 * before it has succeeded or is given up; each attempt is saved before it is made.
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

/** Makes every attempt that is due on a delivery lane. */
export const makeDeliver =
  (world: DeliverWorld) =>
  /** Answers `unfinished` when the invocation's time ran out first. */
  async (lane: DeliveryLane): Promise<'done' | 'unfinished'> => {
    const { store, clock, budget } = world;
    for (const delivery of await store.deliveries(lane)) {
      if (delivery.nextAttemptAt === null) continue;
      // The delivery is under way or waits for its next attempt, and those behind it wait with it. A delivery without any
      // attempt is due whatever the clock said that stamped it.
      const waits = delivery.nextAttemptAt > clock.now() && delivery.attempts.length > 0;
      if (waits) return 'done';
      if (budget.remainingMs() < webhookTimeoutMs + recordReserveMs) return 'unfinished';
      if (!(await hasEnded(world, delivery))) return 'done';
    }
    return 'done';
  };

/** Makes one attempt. Answers whether it was the delivery's last. */
async function hasEnded(world: DeliverWorld, delivery: Delivery): Promise<boolean> {
  const { store, send, clock, dice } = world;
  const endpoint = await store.endpoint(delivery.endpointId);
  const begun = beginAttempt(delivery, clock.now());
  // Another worker has taken this attempt.
  if (!(await store.saveDelivery(begun))) return false;
  // Saving took longer than an attempt may take, so another worker may have begun the next one by now.
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
