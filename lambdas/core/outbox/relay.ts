/** relay: the table's stream is the outbox. Each change rings the next step and becomes deliveries to webhook endpoints. */
import { all } from '../kernel/all.ts';
import type { Explorers } from '../kernel/networks.ts';
import { stepTelling } from '../webhooks/endpoint.ts';
import { deliveriesOf, type WebhookEvent } from '../webhooks/event.ts';
import type { Telling } from '../webhooks/store.ts';
import { type Delivery, deliveryLaneOf, rungAtOnce } from '../webhooks/webhook.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Changed, eventIn } from './changes.ts';
import type { Doorbell, Doorbells } from './doorbells.ts';
import {
  causeOf,
  doorbellAt,
  doorbellOf,
  doorbellOnChange,
  inboxDoorbell,
  together,
} from './doorbells.ts';

/** The relay. It takes changes in the order in which they were made. */
export const makeRelay =
  (webhooks: Telling, doorbells: Doorbells, explorers: Explorers) =>
  /** Answers the withdrawals among the changes. Throws when anything could not be saved or sent: the batch comes again. */
  async (changes: readonly Changed[]): Promise<readonly Withdrawal[]> => {
    const rings = changes.flatMap(ringOf);
    const moved = changes.flatMap((one) => (one.item === 'withdrawal' ? [one.now] : []));
    const events = changes.flatMap((one) => eventIn(one, explorers) ?? []);
    const told = await deliveriesFor(webhooks, events);
    // Deliveries are saved before their doorbells ring, so sweep finds those whose ring is lost.
    await webhooks.createDeliveries(told.map(({ delivery }) => delivery));
    await doorbells.ring(together([...rings, ...told.flatMap(({ rings }) => rings ?? [])]));
    return moved;
  };

function ringOf(change: Changed): Doorbell[] {
  switch (change.item) {
    case 'withdrawal':
      return [doorbellOnChange(change.now) ?? []].flat();
    case 'transaction':
      return [doorbellAt('debit', change.now, causeOf(change.now))];
    case 'wallet': {
      const { id, updatedAt } = change.now;
      return [inboxDoorbell(change.now, `${id} active at ${updatedAt}`)];
    }
    case 'retry':
    case 'processed':
      return [];
    default:
      return change satisfies never;
  }
}

/** What is to be made of the events, and what is rung for it. Sweep rings for slow endpoints, whose attempts nobody else waits behind. */
async function deliveriesFor(
  webhooks: Telling,
  events: readonly WebhookEvent[],
): Promise<{ delivery: Delivery; rings: Doorbell | null }[]> {
  const ofTenants = await all(
    [...Map.groupBy(events, ({ tenant }) => tenant)].map(async ([tenant, ofTenant]) => {
      const found = await webhooks.endpointsOf(tenant);
      const steps = new Map(
        found.map(({ endpoint, health }) => [endpoint.id, stepTelling(health)]),
      );
      const endpoints = found.map(({ endpoint }) => endpoint);
      return ofTenant
        .flatMap((event) => deliveriesOf(event, endpoints))
        .map((one) => {
          const step = steps.get(one.endpointId) ?? null;
          return step === null
            ? { delivery: one, rings: null }
            : { delivery: rungAtOnce(one), rings: doorbellOf(step, deliveryLaneOf(one), one.id) };
        });
    }),
  );
  return ofTenants.flat();
}
