/** Makes webhook endpoints and deliveries, complete but for what a test says of them. */

import type { DeliveryLane } from '../../lambdas/core/kernel/ids.ts';
import { type WebhookEndpoint, wantsSince } from '../../lambdas/core/webhooks/endpoint.ts';
import type { WebhookStore } from '../../lambdas/core/webhooks/store.ts';
import type { Delivery } from '../../lambdas/core/webhooks/webhook.ts';
import { at } from './things.ts';

export function endpointOf(given: Partial<WebhookEndpoint> = {}): WebhookEndpoint {
  const { events = ['*'], createdAt = at(0) } = given;
  return {
    id: `we_${'a'.repeat(26)}`,
    tenant: 'alice',
    url: 'https://example.com',
    method: 'POST',
    urlParams: null,
    events,
    wants: wantsSince(events, createdAt),
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    formerSecrets: [],
    description: null,
    enabled: true,
    disabledReason: null,
    createdAt,
    version: 1,
    ...given,
  };
}

/** All deliveries of one lane. */
export const laneOf = async (
  store: Pick<WebhookStore, 'lanes'>,
  lane: DeliveryLane,
): Promise<readonly Delivery[]> => (await store.lanes([lane]))[0] ?? [];

export const deliveryOf = (given: Partial<Delivery> = {}): Delivery => ({
  id: 'del_1',
  endpointId: `we_${'a'.repeat(26)}`,
  tenant: 'alice',
  eventId: 'evt_1',
  type: 'withdrawal.completed',
  sourceId: 'wd_1',
  sequence: 1,
  status: 'PENDING',
  failure: null,
  body: '{}',
  attempts: [],
  reopened: 0,
  nextAttemptAt: at(0),
  dueAt: at(0),
  version: 1,
  createdAt: at(0),
  ...given,
});
