/**
 * relay: the table's stream is the outbox. Each change rings the next step and becomes deliveries to webhook endpoints.
 *
 * Lambda gives up a change that could not be relayed for an hour, and retell makes its events, but on the hour only. A later change of
 * the same withdrawal would be told before it. So events that may have been given up are made along with each later one; those that
 * are there already stay as they are.
 */
import { all } from '../kernel/all.ts';
import type { Explorers } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { asItWas } from '../webhooks/as-it-was.ts';
import { stepTelling } from '../webhooks/endpoint.ts';
import { deliveriesOf, type WebhookEvent, withdrawalEvent } from '../webhooks/event.ts';
import { deliveryKeptMs } from '../webhooks/limits.ts';
import type { Telling } from '../webhooks/store.ts';
import { type Delivery, deliveryLaneOf, rungAtOnce } from '../webhooks/webhook.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Changed, eventsIn } from './changes.ts';
import type { Doorbell, Doorbells } from './doorbells.ts';
import {
  causeOf,
  doorbellAt,
  doorbellOf,
  doorbellOnChange,
  inboxDoorbell,
  together,
} from './doorbells.ts';
import { maybeGivenUpMs, relayBehindMs } from './limits.ts';

/** The relay. It takes changes in the order in which they were made. */
export const makeRelay =
  (webhooks: Telling, doorbells: Doorbells, explorers: Explorers, clock: Pick<Clock, 'now'>) =>
  /** Answers the withdrawals among the changes. Throws when anything could not be saved or sent: the batch comes again. */
  async (changes: readonly Changed[]): Promise<readonly Withdrawal[]> => {
    const rings = changes.flatMap(ringOf);
    const moved = changes.flatMap((one) => (one.item === 'withdrawal' ? [one.now] : []));
    const now = clock.now();
    const events = changes.flatMap((one) => [
      ...maybeGivenUp(one, now, explorers),
      ...eventsIn(one, explorers),
    ]);
    const told = await deliveriesFor(webhooks, events);
    // Deliveries are saved before their doorbells ring, so sweep finds those whose ring is lost.
    await webhooks.createDeliveries(told.map(({ delivery }) => delivery));
    await doorbells.ring(together([...rings, ...told.flatMap(({ rings }) => rings ?? [])]));
    return moved;
  };

/**
 * What clients were to be told of this withdrawal before this change, and may not have been. Many withdrawals may try again for days:
 * for that alone this is done only while the relay is behind.
 */
function maybeGivenUp(change: Changed, now: Instant, explorers: Explorers): WebhookEvent[] {
  const isMove = change.item === 'withdrawal';
  const isLateRetry = change.item === 'retry' && now - change.now.updatedAt > relayBehindMs;
  if (!isMove && !isLateRetry) return [];
  const { now: moved, linesBefore } = change;
  // Lines may have become fewer (core/withdrawal/timeline.ts), and the last is of this change in any case.
  const before = Math.min(linesBefore, moved.history.length - 1);
  // What is as old as deliveries are kept would be made anew, and told once more.
  const [oldest, newest] = [now - deliveryKeptMs, now - maybeGivenUpMs];
  return asItWas(moved, ({ at }, index) => index < before && at > oldest && at < newest).flatMap(
    (was) => withdrawalEvent(was, explorers) ?? [],
  );
}

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
