/** Makes webhook endpoints and deliveries, complete but for what a test says of them. */
import { type WebhookEndpoint, wantsSince } from '../../lambdas/core/webhooks/endpoint.ts';
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
  version: 1,
  createdAt: at(0),
  ...given,
});
