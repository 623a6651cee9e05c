/** What became of each delivery; what is delivered once more; and what clients send to their endpoints themselves. */
import { randomBytes } from 'node:crypto';
import { bootDoorbells } from '../../boot/outbox.ts';
import { sendOnce } from '../../boot/own-events.ts';
import { bootDeliveryRecords, bootReplays, bootWebhooks } from '../../boot/webhooks.ts';
import { clock } from '../../boot/world.ts';
import { type DeliveryId, isEndpointId, placeOfDelivery, randomId } from '../../core/kernel/ids.ts';
import { doorbellOf } from '../../core/outbox/doorbells.ts';
import { eventTypeOf } from '../../core/requests/event-names.ts';
import { pageOf } from '../../core/requests/page.ts';
import { isProblem, type Problem, refuse, refuseField } from '../../core/requests/problem.ts';
import { canonicalJson } from '../../core/requests/schemas.ts';
import { stepTelling, type WebhookEndpoint } from '../../core/webhooks/endpoint.ts';
import { deliveryTo, ownEvent, testEvent, type WebhookEvent } from '../../core/webhooks/event.ts';
import { isEnded, newReplay, reopen, replayId } from '../../core/webhooks/replay.ts';
import { deliveryResourceOf, statsResourceOf } from '../../core/webhooks/resource.ts';
import type { FoundEndpoint } from '../../core/webhooks/store.ts';
import { type Delivery, deliveryLaneOf, rungAtOnce } from '../../core/webhooks/webhook.ts';
import type { Handlers } from '../perform.ts';

const webhooks = bootWebhooks();
const records = bootDeliveryRecords();
const replays = bootReplays();
const doorbells = bootDoorbells();

export const noEndpoint = refuse('NOT_FOUND', 'There is no such webhook endpoint.');
const noDelivery = refuse('NOT_FOUND', 'There is no such delivery.');

const find = async (tenant: string, id: string): Promise<FoundEndpoint | null> =>
  isEndpointId(id) ? ((await webhooks.endpoints([{ tenant, id }]))[0] ?? null) : null;

/** The tenant's own endpoint. Another tenant's is answered like one that does not exist. */
export const findEndpoint = async (
  tenant: string,
  id: string,
): Promise<WebhookEndpoint | Problem> => (await find(tenant, id))?.endpoint ?? noEndpoint;

async function findEnabled(tenant: string, id: string): Promise<FoundEndpoint | Problem> {
  const found = await find(tenant, id);
  if (found === null) return noEndpoint;
  return found.endpoint.enabled
    ? found
    : refuse('CONFLICT', 'The endpoint is disabled: enable it first.');
}

async function findDelivery(tenant: string, id: string): Promise<Delivery | Problem> {
  const found = placeOfDelivery(id) === null ? null : await records.delivery(id as DeliveryId);
  return found !== null && found.tenant === tenant ? found : noDelivery;
}

async function ring({ health }: FoundEndpoint, delivery: Delivery): Promise<void> {
  const step = stepTelling(health);
  if (step === null) return;
  const cause = `${delivery.id} ${delivery.version}`;
  await doorbells.ring([doorbellOf(step, deliveryLaneOf(delivery), cause)]);
}

/** Makes the delivery, which the endpoint gets whatever it wants, or answers the one that is there already. */
async function deliver(found: FoundEndpoint, event: WebhookEvent): Promise<Delivery> {
  const delivery = deliveryTo(found.endpoint.id, event);
  const made = stepTelling(found.health) === null ? delivery : rungAtOnce(delivery);
  const written = await webhooks.createDeliveries([made]);
  await ring(found, made);
  return written.has(made.id) ? made : ((await records.delivery(made.id)) ?? made);
}

const sentBefore = async (found: FoundEndpoint, event: WebhookEvent): Promise<Delivery> =>
  (await records.delivery(deliveryTo(found.endpoint.id, event).id)) ?? deliver(found, event);

export const deliveryHandlers = {
  testWebhookEndpoint: async ({ tenant, path: { id } }) => {
    const found = await findEnabled(tenant, id);
    if (isProblem(found)) return found;
    const event = testEvent(found.endpoint, clock.now(), randomId(randomBytes(17)));
    return { status: 202, body: deliveryResourceOf(await deliver(found, event)) };
  },
  sendWebhook: async ({ tenant, body }) => {
    const found = await findEnabled(tenant, body.config_id);
    if (isProblem(found)) return found;
    const own = { type: body.event_type, name: body.event_id, data: body.url_params };
    const event = ownEvent(found.endpoint, own, clock.now());
    let made: Delivery | null = null;
    await sendOnce(found.endpoint.id, own.name, async () => {
      made = await deliver(found, event);
    });
    // It was sent before, or is being sent by another request, which may not have come so far.
    const delivery = made ?? (await sentBefore(found, event));
    const { type, data } = JSON.parse(delivery.body) as { type: string; data: unknown };
    if (type !== own.type || canonicalJson(data) !== canonicalJson(own.data))
      return refuseField(
        'CONFLICT',
        '#/event_id',
        'Another event of this name was sent to this endpoint before.',
      );
    return { status: 202, body: deliveryResourceOf(delivery) };
  },
  listWebhookDeliveries: async ({ tenant, path, query: { limit, cursor, ...filters } }) => {
    const endpoint = await findEndpoint(tenant, path.id);
    if (isProblem(endpoint)) return endpoint;
    const list = { list: 'deliveries', id: endpoint.id, ...filters };
    const { status, type, createdAfter, createdBefore } = filters;
    const page = await pageOf(
      list,
      { limit, cursor },
      {
        source: records.deliveriesTo(endpoint.id, filters),
        show: (one) => deliveryResourceOf(one),
        fits: (one) =>
          (status === undefined || one.status === status) &&
          (type === undefined || eventTypeOf(one.type) === eventTypeOf(type)) &&
          (createdAfter === undefined || one.createdAt >= createdAfter) &&
          (createdBefore === undefined || one.createdAt < createdBefore),
      },
    );
    return isProblem(page) ? page : { status: 200, body: page };
  },
  getWebhookDelivery: async ({ tenant, path: { id } }) => {
    const delivery = await findDelivery(tenant, id);
    if (isProblem(delivery)) return delivery;
    const earlier = await records.earlierAttempts(delivery);
    return { status: 200, body: deliveryResourceOf(delivery, earlier) };
  },
  redeliverWebhook: async ({ tenant, path: { id } }) => {
    const delivery = await findDelivery(tenant, id);
    if (isProblem(delivery)) return delivery;
    const found = await findEnabled(tenant, delivery.endpointId);
    if (isProblem(found)) return found;
    const now = clock.now();
    // One that is under way is being delivered already, and so is one that somebody else has just opened.
    if (await reopen(replays, delivery, now, `redelivery at ${now}`))
      await ring(found, { ...delivery, version: delivery.version + 1 });
    return { status: 202, body: { id: delivery.id, total: 1, done: 0 } };
  },
  replayWebhooks: async ({ tenant, path, body: { since } }) => {
    const found = await findEnabled(tenant, path.id);
    if (isProblem(found)) return found;
    const { endpoint } = found;
    const { id } = endpoint;
    if (since > clock.now())
      return refuseField(
        'INVALID_REQUEST',
        '#/since',
        'This time has not come yet: nothing was told since then.',
      );
    for (;;) {
      const now = clock.now();
      const before = await replays.replay(replayId(id, since));
      const goesOn = before !== null && (before.dueAt !== null || isEnded(before));
      const total = before?.total ?? (await replays.countSince(id, since, now));
      const to =
        before === null
          ? newReplay(endpoint, since, now, total)
          : { ...before, dueAt: now, version: before.version + 1 };
      // Somebody else has begun it in between, or taken it a step further.
      if (!goesOn && !(await replays.saveReplay(to))) continue;
      const { done } = goesOn ? before : to;
      return { status: 202, body: { id: to.id, total, done } };
    }
  },
  getWebhookStats: async ({ tenant }) => {
    const endpoints = await webhooks.endpointsOf(tenant);
    const tallies = await Promise.all(
      endpoints.map(async ({ endpoint: { id } }) => ({ id, tally: await records.tally(id) })),
    );
    return { status: 200, body: statsResourceOf(tallies) };
  },
} satisfies Handlers;
