/**
 * retell: whatever the relay has given up, or has never read, is made anew from the withdrawals, credits and debits themselves.
 * Deliveries have ids that follow from endpoint, source and line of the timeline, so one that is there is never made twice.
 */
import { all } from '../kernel/all.ts';
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
import { retellFirstMs, retellGraceMs, retellKeptMs, retellSideBySide } from './limits.ts';

export type Span = { from: Instant; until: Instant };
/** What was looked at, how many deliveries were missing and are made, and what could not be read. */
export type Retold = { looked: number; made: number; unreadable: readonly string[] };

/** The port of the withdrawals by time. */
export type Changed = {
  /**
   * All withdrawals that may have a line of their timeline in this span, the credits and debits that were applied in it, and
   * what is said of those that cannot be read.
   */
  changedIn(span: Span): AsyncIterable<{
    withdrawals: readonly Withdrawal[];
    transactions: readonly WalletTransaction[];
    unreadable: readonly string[];
  }>;
  /** Up to where everything is known to be told; `null`: it has never been looked. */
  toldUntil(): Promise<Instant | null>;
  saveToldUntil(until: Instant): Promise<void>;
};

export type RetellWorld = {
  changed: Changed;
  webhooks: Pick<WebhookStore, 'endpointsOf' | 'lanes' | 'createDeliveries'>;
  doorbells: Doorbells;
  explorers: Explorers;
  /** Puts events on the bus, which has no record of what it was given; absent: nobody asks for that. */
  putOnBus?: ((events: readonly WebhookEvent[]) => Promise<void>) | undefined;
};

const endpointsIn = async (webhooks: RetellWorld['webhooks'], tenant: string) =>
  (await webhooks.endpointsOf(tenant)).map(({ endpoint }) => endpoint);

/** Makes what is missing of the events of this span. */
export async function retell(world: RetellWorld, span: Span): Promise<Retold> {
  const { changed, webhooks } = world;
  const endpoints = new Map<string, Promise<WebhookEndpoint[]>>();
  const endpointsOf = (tenant: string): Promise<WebhookEndpoint[]> => {
    const known = endpoints.get(tenant) ?? endpointsIn(webhooks, tenant);
    endpoints.set(tenant, known);
    return known;
  };
  const isInSpan = ({ at }: { at: Instant }): boolean => at >= span.from && at <= span.until;
  let [looked, made] = [0, 0];
  const unreadable: string[] = [];
  for await (const page of changed.changedIn(span)) {
    unreadable.push(...page.unreadable);
    const told = [
      ...page.withdrawals.map((one) =>
        asItWas(one, isInSpan).flatMap((was) => withdrawalEvent(was, world.explorers) ?? []),
      ),
      ...page.transactions.map((one) => [transactionEvent(one) ?? []].flat().filter(isInSpan)),
    ];
    looked += told.length;
    await world.putOnBus?.(told.flat());
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
  }
  return { looked, made, unreadable };
}

/** Answers how many deliveries of these events, all of one source, were missing. */
async function makeMissing(
  { webhooks, doorbells }: RetellWorld,
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

/**
 * The check of its own: everything since the last one, but the last moments, which the relay may still be about to tell.
 * What cannot be read is looked at again the next time, until there is code that reads it.
 */
export async function retellRest(world: RetellWorld, now: Instant): Promise<Retold> {
  const { changed } = world;
  const told = (await changed.toldUntil()) ?? now - retellFirstMs;
  const from = Math.max(told, now - retellKeptMs) as Instant;
  const until = (now - retellGraceMs) as Instant;
  const retold = await retell(world, { from, until });
  if (retold.unreadable.length === 0) await changed.saveToldUntil(until);
  return retold;
}
