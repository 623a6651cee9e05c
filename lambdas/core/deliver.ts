/** 7-deliver-webhook: one attempt of each delivery that is due, logged before it is made. */
import { all } from './all.ts';
import type { DeliveryId } from './ids.ts';
import type { Clock, Dice, WebhookStore } from './ports.ts';
import {
  beginAttempt,
  type Delivery,
  endAttempt,
  type SendResult,
  type WebhookEndpoint,
} from './webhook.ts';

type Send = (endpoint: WebhookEndpoint, delivery: Delivery) => Promise<SendResult>;

export const makeDeliver =
  (store: WebhookStore, send: Send, clock: Clock, dice: Dice) =>
  async (ids: readonly DeliveryId[]): Promise<void> => {
    const now = clock.now();
    const due = (await store.deliveries(ids)).filter(
      ({ nextAttemptAt }) => nextAttemptAt !== null && nextAttemptAt <= now,
    );
    await all(due.map((delivery) => attempt(store, send, clock, dice, delivery)));
  };

async function attempt(
  store: WebhookStore,
  send: Send,
  clock: Clock,
  dice: Dice,
  delivery: Delivery,
): Promise<void> {
  const endpoint = await store.endpoint(delivery.endpointId);
  const begun = beginAttempt(delivery, clock.now());
  // Refused: another worker has taken this attempt.
  if (!(await store.saveDelivery(begun))) return;
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
  await store.saveDelivery(endAttempt(begun, result, dice));
}
