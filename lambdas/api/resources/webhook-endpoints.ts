/** Registers and shows the endpoints that a client's events are sent to. */
import { randomBytes } from 'node:crypto';
import { webhookAllowedHosts } from '../../boot/settings.ts';
import { bootWebhooks } from '../../boot/webhooks.ts';
import { clock } from '../../boot/world.ts';
import { isEndpointId, randomId } from '../../core/kernel/ids.ts';
import { webhookEndpointsMax } from '../../core/kernel/limits.ts';
import { timeOf } from '../../core/kernel/time.ts';
import { refuse, refuseField } from '../../core/requests/problem.ts';
import { webhookUrlProblem } from '../../core/webhooks/url.ts';
import type { WebhookEndpoint } from '../../core/webhooks/webhook.ts';
import { apiHandler } from '../http.ts';

const webhooks = bootWebhooks();
const allowedHosts = webhookAllowedHosts();

/** The length of a secret: Standard Webhooks 1.0 asks for 24 to 64 random bytes. */
const secretBytes = 24;

const endpointResourceOf = ({
  id,
  url,
  events,
  description,
  enabled,
  createdAt,
}: WebhookEndpoint) => ({
  id,
  url,
  events,
  description,
  enabled,
  createdAt: timeOf(createdAt),
});

export const handler = apiHandler({
  createWebhookEndpoint: async ({ tenant, body }) => {
    const wrong = webhookUrlProblem(body.url, allowedHosts);
    if (wrong !== null) return refuseField('WEBHOOK_URL_NOT_ALLOWED', '#/url', wrong);
    const endpoint: WebhookEndpoint = {
      id: `we_${randomId(randomBytes(17))}`,
      tenant,
      ...body,
      secret: `whsec_${randomBytes(secretBytes).toString('base64')}`,
      enabled: true,
      createdAt: clock.now(),
    };
    if (!(await webhooks.create(endpoint)))
      return refuse('CONFLICT', `A tenant has at most ${webhookEndpointsMax} webhook endpoints.`);
    // The secret is shown this once.
    const shown = { ...endpointResourceOf(endpoint), secret: endpoint.secret };
    const location = `/v1/webhook-endpoints/${endpoint.id}`;
    return { status: 201, body: shown, headers: { location } };
  },
  getWebhookEndpoint: async ({ tenant, path: { id } }) => {
    const endpoint = isEndpointId(id) ? await webhooks.endpoint(id) : null;
    return endpoint !== null && endpoint.tenant === tenant
      ? { status: 200, body: endpointResourceOf(endpoint) }
      : refuse('NOT_FOUND', 'There is no such webhook endpoint.');
  },
});
