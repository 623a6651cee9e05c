/** Makes the deliveries of a withdrawal's or transaction's events that are missing, from its own history. */
import { all } from '../kernel/all.ts';
import type { OperationId } from '../kernel/ids.ts';
import type { Explorers } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';
import type { WalletTransaction } from '../ledger/wallet.ts';
import { asItWas } from '../webhooks/as-it-was.ts';
import type { WebhookEndpoint } from '../webhooks/endpoint.ts';
import {
  deliveriesOf,
  transactionEvent,
  type WebhookEvent,
  withdrawalEvent,
} from '../webhooks/event.ts';
import type { WebhookStore } from '../webhooks/store.ts';
import { deliveryLaneOf, rungAtOnce } from '../webhooks/webhook.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Doorbells, doorbellOf, together } from './doorbells.ts';
import { retellSideBySide } from './limits.ts';

/** Both ends are in it. */
export type Span = { from: Instant; until: Instant };

export type TellWorld = {
  webhooks: Pick<WebhookStore, 'endpointsOf' | 'lanes' | 'createDeliveries'>;
  doorbells: Doorbells;
  explorers: Explorers;
  /** Puts events on the bus, which has no record of what it was given; absent: nobody asks for that. */
  putOnBus?: ((events: readonly WebhookEvent[]) => Promise<void>) | undefined;
};

type Readable = {
  withdrawals: readonly Withdrawal[];
  transactions: readonly WalletTransaction[];
};
/** How many withdrawals and transactions were looked at, and how many deliveries were missing and are made. */
export type Told = { looked: number; made: number };
/** Tells of each what lies in its span. */
export type Tell = (of: Readable, spanOf: (id: OperationId) => Span) => Promise<Told>;

/** The endpoints of a tenant are read once for as long as this is used. */
export function tellAnew(world: TellWorld): Tell {
  const { webhooks } = world;
  const endpoints = new Map<string, Promise<WebhookEndpoint[]>>();
  const endpointsOf = (tenant: string): Promise<WebhookEndpoint[]> => {
    const known = endpoints.get(tenant) ?? endpointsIn(webhooks, tenant);
    endpoints.set(tenant, known);
    return known;
  };
  return async ({ withdrawals, transactions }, spanOf) => {
    const told = [
      ...withdrawals.map((one) =>
        asItWas(one, isIn(spanOf(one.id))).flatMap(
          (was) => withdrawalEvent(was, world.explorers) ?? [],
        ),
      ),
      ...transactions.map((one) =>
        [transactionEvent(one) ?? []].flat().filter(isIn(spanOf(one.id))),
      ),
    ];
    await world.putOnBus?.(told.flat());
    let made = 0;
    for (let start = 0; start < told.length; start += retellSideBySide) {
      const some = told.slice(start, start + retellSideBySide);
      const counts = await all(
        some.map(async ([first, ...rest]) =>
          first === undefined
            ? 0
            : makeMissing(world, [first, ...rest], await endpointsOf(first.tenant)),
        ),
      );
      made += counts.reduce((sum, count) => sum + count, 0);
    }
    return { looked: told.length, made };
  };
}

const isIn =
  ({ from, until }: Span) =>
  ({ at }: { at: Instant }): boolean =>
    at >= from && at <= until;

const endpointsIn = async (webhooks: TellWorld['webhooks'], tenant: string) =>
  (await webhooks.endpointsOf(tenant)).map(({ endpoint }) => endpoint);

/** Answers how many deliveries of these events, all of one source, were missing. */
async function makeMissing(
  { webhooks, doorbells }: TellWorld,
  events: readonly WebhookEvent[],
  endpoints: readonly WebhookEndpoint[],
): Promise<number> {
  if (endpoints.length === 0) return 0;
  const wanted = events.flatMap((event) => deliveriesOf(event, endpoints));
  const lanes = [...new Set(wanted.map(deliveryLaneOf))];
  const there = new Set((await webhooks.lanes(lanes)).flat().map(({ id }) => id));
  const missing = wanted.filter(({ id }) => !there.has(id)).map(rungAtOnce);
  if (missing.length === 0) return 0;
  await webhooks.createDeliveries(missing);
  await doorbells.ring(
    together(missing.map((one) => doorbellOf('webhook', deliveryLaneOf(one), `retold ${one.id}`))),
  );
  return missing.length;
}
