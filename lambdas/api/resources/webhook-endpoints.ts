/** Serves the endpoints that a client's events are sent to. */
import { randomBytes } from 'node:crypto';
import { webhookAllowedHosts } from '../../boot/settings.ts';
import { bootEndpointRegister, bootWebhooks } from '../../boot/webhooks.ts';
import { clock } from '../../boot/world.ts';
import { randomId } from '../../core/kernel/ids.ts';
import { webhookEndpointsMax } from '../../core/kernel/limits.ts';
import { timeOf } from '../../core/kernel/time.ts';
import { pageOf, type Source } from '../../core/requests/page.ts';
import { isProblem, type Problem, refuse, refuseField } from '../../core/requests/problem.ts';
import {
  changed,
  type EndpointChange,
  rotated,
  type WebhookEndpoint,
  wantsSince,
} from '../../core/webhooks/endpoint.ts';
import { formerSecretsMax } from '../../core/webhooks/limits.ts';
import { endpointResourceOf } from '../../core/webhooks/resource.ts';
import { webhookUrlProblem } from '../../core/webhooks/url.ts';
import { apiHandler } from '../http.ts';
import type { Reply } from '../perform.ts';
import { deliveryHandlers, findEndpoint, noEndpoint } from './webhook-deliveries.ts';

const webhooks = bootWebhooks();
const register = bootEndpointRegister();
const allowedHosts = webhookAllowedHosts();

/** The length of a secret: Standard Webhooks 1.0 asks for 24 to 64 random bytes. */
const secretBytes = 24;
const newSecret = (): string => `whsec_${randomBytes(secretBytes).toString('base64')}`;

/** Saves what `make` makes of the endpoint, and makes it anew when somebody else has changed it in between. */
async function change(
  tenant: string,
  id: string,
  make: (from: WebhookEndpoint) => WebhookEndpoint | Problem,
  anew: boolean,
): Promise<WebhookEndpoint | Problem> {
  for (;;) {
    const from = await findEndpoint(tenant, id);
    if (isProblem(from)) return from;
    const to = make(from);
    if (isProblem(to) || (await register.change(to, anew))) return to;
  }
}

const urlProblem = (url: string): Problem | null => {
  const wrong = webhookUrlProblem(url, allowedHosts);
  return wrong === null ? null : refuseField('WEBHOOK_URL_NOT_ALLOWED', '#/url', wrong);
};

/** The parameters are of a GET: of a POST they would be silently ignored. */
const paramsProblem = ({ method, urlParams }: Pick<WebhookEndpoint, 'method' | 'urlParams'>) =>
  method === 'POST' && urlParams !== null
    ? refuseField('INVALID_REQUEST', '#/urlParams', 'Parameters are for the method GET only.')
    : null;

const shown = (endpoint: WebhookEndpoint | Problem): Reply | Problem =>
  isProblem(endpoint) ? endpoint : { status: 200, body: endpointResourceOf(endpoint) };

/** A secret is shown when it is made, and never again. */
const withSecret = (endpoint: WebhookEndpoint) => ({
  ...endpointResourceOf(endpoint),
  secret: endpoint.secret,
});

/** A tenant has few endpoints, which are read together. */
const listOf = (endpoints: readonly WebhookEndpoint[]): Source<WebhookEndpoint> => {
  const newestFirst = endpoints
    .map((item) => ({ place: `${timeOf(item.createdAt)} ${item.id}`, item }))
    .sort((a, b) => (a.place < b.place ? 1 : -1));
  return async (before, count) =>
    newestFirst.filter(({ place }) => before === null || place < before).slice(0, count);
};

export const handler = apiHandler({
  createWebhookEndpoint: async ({ tenant, body }) => {
    const wrong = urlProblem(body.url) ?? paramsProblem(body);
    if (wrong !== null) return wrong;
    const now = clock.now();
    const endpoint: WebhookEndpoint = {
      id: `we_${randomId(randomBytes(17))}`,
      tenant,
      ...body,
      wants: wantsSince(body.events, now),
      secret: newSecret(),
      formerSecrets: [],
      enabled: true,
      disabledReason: null,
      createdAt: now,
      version: 1,
    };
    if (!(await register.create(endpoint)))
      return refuse('CONFLICT', `A tenant has at most ${webhookEndpointsMax} webhook endpoints.`);
    const location = `/v1/webhook-endpoints/${endpoint.id}`;
    return { status: 201, body: withSecret(endpoint), headers: { location } };
  },
  listWebhookEndpoints: async ({ tenant, query }) => {
    const found = await webhooks.endpointsOf(tenant);
    const source = listOf(found.map(({ endpoint }) => endpoint));
    const list = { list: 'webhook-endpoints', tenant };
    const page = await pageOf(list, query, { source, show: endpointResourceOf });
    return isProblem(page) ? page : { status: 200, body: page };
  },
  getWebhookEndpoint: async ({ tenant, path: { id } }) => shown(await findEndpoint(tenant, id)),
  updateWebhookEndpoint: async ({ tenant, path: { id }, body }) => {
    const wrong = body.url === undefined ? null : urlProblem(body.url);
    if (wrong !== null) return wrong;
    const wanted = given(body);
    const anew = body.url !== undefined || body.method !== undefined || body.enabled !== undefined;
    const to = await change(
      tenant,
      id,
      (from) => {
        const after = changed(from, wanted, clock.now());
        return paramsProblem(after) ?? after;
      },
      anew,
    );
    return shown(to);
  },
  deleteWebhookEndpoint: async ({ tenant, path: { id } }) => {
    const endpoint = await findEndpoint(tenant, id);
    if (isProblem(endpoint)) return endpoint;
    return (await register.remove(endpoint)) ? { status: 204, body: undefined } : noEndpoint;
  },
  rotateWebhookSecret: async ({ tenant, path: { id } }) => {
    const to = await change(
      tenant,
      id,
      (from) =>
        rotated(from, newSecret(), clock.now()) ??
        refuse(
          'CONFLICT',
          `At most ${formerSecretsMax} secrets are replaced within 24 hours, for all of them still sign.`,
        ),
      false,
    );
    return isProblem(to) ? to : { status: 200, body: withSecret(to) };
  },
  ...deliveryHandlers,
});

/** The fields that were sent. */
const given = (body: { [K in keyof EndpointChange]?: EndpointChange[K] | undefined }) =>
  Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined),
  ) as EndpointChange;
