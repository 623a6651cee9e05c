/**
 * 7-deliver-webhook: an endpoint gets the events of one source in sequence. A delivery is not attempted before the one before
 * it has succeeded or is given up; each attempt is saved before it is made. What is delivered once more has a sequence of its
 * own, so that what is new never waits for it.
 */
import type { Budget } from '../kernel/budget.ts';
import { gathered } from '../kernel/gathered.ts';
import type { DeliveryLane, EndpointId } from '../kernel/ids.ts';
import { recordReserveMs, webhookTimeoutMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Switches } from '../switches/switches.ts';
import {
  type DisabledReason,
  disabled,
  hasFailedTooLong,
  isNews,
  type WebhookEndpoint,
} from './endpoint.ts';
import { deliveriesOf, disabledEvent } from './event.ts';
import { attemptsTogetherMax, lanesTogetherMax } from './limits.ts';
import { requestOf } from './request.ts';
import type { FoundEndpoint, SaveEnd, WebhookStore } from './store.ts';
import {
  beginAttempt,
  type Delivery,
  deliveryLaneOf,
  endAttempt,
  givenUp,
  isExhausted,
  isSuccess,
  type SendResult,
} from './webhook.ts';

export type Send = (
  endpoint: WebhookEndpoint,
  delivery: Delivery,
  onSlow: () => void,
) => Promise<SendResult>;

export type DeliverWorld = {
  store: WebhookStore;
  send: Send;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  switches: Switches;
  /** Leaves a lane to those who wait for slow endpoints; `null`: that is here. */
  setAside: ((lane: DeliveryLane) => Promise<unknown>) | null;
};

/** The world of one invocation, whose lanes ask for what they need together. */
type Together = DeliverWorld & {
  lane(lane: DeliveryLane): Promise<readonly Delivery[]>;
  endpoint(of: { tenant: string; id: EndpointId }): Promise<FoundEndpoint | null>;
  saveBegin(begun: Delivery): Promise<boolean>;
  saveEnd(ended: SaveEnd): Promise<boolean>;
};

/** Makes every attempt that is due on a delivery lane. One invocation makes it once, for all of its lanes. */
export function makeDeliver(given: DeliverWorld) {
  const { store } = given;
  const world: Together = {
    ...given,
    lane: gathered(lanesTogetherMax, store.lanes),
    endpoint: gathered(lanesTogetherMax, store.endpoints),
    saveBegin: gathered(attemptsTogetherMax, store.saveBegins),
    saveEnd: gathered(attemptsTogetherMax, store.saveEnds),
  };
  const underway = new Map<DeliveryLane, Promise<'done' | 'unfinished'>>();
  /** Answers `unfinished` when the invocation's time ran out first. Two messages that name a lane are one visit. */
  return (lane: DeliveryLane): Promise<'done' | 'unfinished'> => {
    const visit = underway.get(lane) ?? visitOf(world, lane).finally(() => underway.delete(lane));
    underway.set(lane, visit);
    return visit;
  };
}

async function visitOf(world: Together, lane: DeliveryLane): Promise<'done' | 'unfinished'> {
  const deliveries = await world.lane(lane);
  const first = await goThrough(
    world,
    deliveries.filter(({ reopened }) => reopened === 0),
  );
  const again = await goThrough(
    world,
    deliveries.filter(({ reopened }) => reopened > 0),
  );
  return first === 'done' && again === 'done' ? 'done' : 'unfinished';
}

async function goThrough(
  world: Together,
  deliveries: readonly Delivery[],
): Promise<'done' | 'unfinished'> {
  const { clock, budget } = world;
  for (const delivery of deliveries) {
    if (delivery.nextAttemptAt === null) continue;
    // The delivery is under way or waits for its next attempt, and those behind it wait with it. A delivery without any
    // attempt is due whatever the clock said that stamped it.
    const waits = delivery.nextAttemptAt > clock.now() && delivery.attempts.length > 0;
    if (waits) return 'done';
    if (budget.remainingMs() < webhookTimeoutMs + recordReserveMs) return 'unfinished';
    if (!(await hasEnded(world, delivery))) return 'done';
  }
  return 'done';
}

/** Makes one attempt. Answers whether it was the delivery's last. */
async function hasEnded(world: Together, delivery: Delivery): Promise<boolean> {
  const { store, clock, dice } = world;
  const readAt = clock.now();
  const found = await world.endpoint({ tenant: delivery.tenant, id: delivery.endpointId });
  const giveUp = (why: NonNullable<Delivery['failure']>) =>
    world.saveEnd({ from: delivery, to: givenUp(delivery, why, clock.now()) });
  if (found === null) return giveUp('ENDPOINT_DELETED');
  const { endpoint } = found;
  if (!endpoint.enabled) return giveUp('ENDPOINT_DISABLED');
  if (isExhausted(delivery)) return giveUp('EXHAUSTED');
  // It was rung for before its endpoint was known as slow. An attempt would keep this invocation's place for as long as it takes.
  if (world.setAside !== null && found.health.slowSince !== null) {
    await world.setAside(deliveryLaneOf(delivery));
    return false;
  }
  // It stays due: sweep rings again.
  if ((await world.switches.held('webhook')) !== null) return false;
  // What was read so long ago may be true no more: it may have been disabled meanwhile. Sweep rings again.
  if (clock.now() - readAt > webhookTimeoutMs) return false;
  const request = requestOf(endpoint, delivery);
  const query = request.method === 'GET' ? request.query : undefined;
  const begun = beginAttempt(delivery, clock.now(), query);
  // Another worker has taken this attempt.
  if (!(await world.saveBegin(begun))) return false;
  // Saving took longer than an attempt may take, so another worker may have begun the next one by now.
  if (begun.nextAttemptAt !== null && begun.nextAttemptAt <= clock.now()) return false;
  const { result, slow } = await sendAndTell(world, found, begun);
  // An endpoint is disabled before the attempt is recorded: who dies in between is followed by one who finds it disabled.
  const why = reasonToDisable(found, result, clock.now());
  if (why !== null) await disable(world, endpoint, why);
  const ended = endAttempt(begun, result, dice);
  const saved = await world.saveEnd({ from: begun, to: ended });
  const health = { failed: !isSuccess(result), slow };
  if (why === null && isNews(found.health, health)) await store.saveHealth(endpoint, health);
  return saved && ended.nextAttemptAt === null;
}

/** Makes the attempt. While its receiver keeps us waiting the endpoint is already known as slow. */
async function sendAndTell(
  { store, send }: DeliverWorld,
  { endpoint, health }: FoundEndpoint,
  begun: Delivery,
): Promise<{ result: SendResult; slow: boolean }> {
  let slow = false;
  let telling: Promise<unknown> = Promise.resolve();
  const result = await send(endpoint, begun, () => {
    slow = true;
    if (health.slowSince !== null) return;
    // Nothing depends on this save but the wait of others, and the one after the attempt says the same or more.
    telling = store
      .saveHealth(endpoint, { failed: health.failingSince !== null, slow })
      .catch((error: unknown) => error);
  });
  await telling;
  return { result, slow };
}

function reasonToDisable(
  { health }: FoundEndpoint,
  result: SendResult,
  now: Instant,
): DisabledReason | null {
  if (result.httpStatus === 410) return 'RECEIVER_GONE';
  return !isSuccess(result) && hasFailedTooLong(health, now) ? 'FAILING' : null;
}

/** Disables an endpoint and tells its tenant's others, unless a client has changed it since the attempt began. */
async function disable(
  { store, clock }: DeliverWorld,
  endpoint: WebhookEndpoint,
  why: DisabledReason,
): Promise<void> {
  const now = clock.now();
  const to = disabled(endpoint, why);
  const all = (await store.endpointsOf(endpoint.tenant)).map((one) => one.endpoint);
  const others = all.filter(({ id }) => id !== endpoint.id);
  await store.disable(to, deliveriesOf(disabledEvent(to, why, now), others));
}
