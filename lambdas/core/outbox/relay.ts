/** relay: the table's stream is the outbox. Each change rings the next step and becomes deliveries to webhook endpoints. */
import type { Explorers } from '../kernel/networks.ts';
import type { WalletTransaction } from '../ledger/wallet.ts';
import type { WebhookStore } from '../webhooks/store.ts';
import { deliveriesOf, deliveryLaneOf, eventOf } from '../webhooks/webhook.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Doorbell, Doorbells } from './doorbells.ts';
import { causeOf, doorbellAt, doorbellOf, doorbellOnChange, together } from './doorbells.ts';

/** One change of an item. */
export type Changed =
  /** A withdrawal that has come into a new stage. */
  | { item: 'withdrawal'; now: Withdrawal }
  /** A credit or debit that was accepted. */
  | { item: 'transaction'; now: WalletTransaction };

/** The relay. It takes changes in the order in which they were made. */
export const makeRelay =
  (webhooks: WebhookStore, doorbells: Doorbells, explorers: Explorers) =>
  /** Answers the withdrawals among the changes. Throws when anything could not be saved or sent: the batch comes again. */
  async (changes: readonly Changed[]): Promise<readonly Withdrawal[]> => {
    const rings = changes.flatMap(ringOf);
    const moved = changes.flatMap((one) => (one.item === 'withdrawal' ? [one.now] : []));
    const deliveries = await deliveriesFor(webhooks, moved, explorers);
    // Deliveries are saved before their doorbells ring, so sweep finds those whose ring is lost.
    await webhooks.createDeliveries(deliveries);
    await doorbells.ring(
      together([...rings, ...deliveries.map((one) => doorbellOf(deliveryLaneOf(one), one.id))]),
    );
    return moved;
  };

const ringOf = (change: Changed): Doorbell[] =>
  change.item === 'transaction'
    ? [doorbellAt('debit', change.now, causeOf(change.now))]
    : [doorbellOnChange(change.now) ?? []].flat();

async function deliveriesFor(
  webhooks: WebhookStore,
  moved: readonly Withdrawal[],
  explorers: Explorers,
) {
  const told = moved.filter((withdrawal) => eventOf(withdrawal) !== null);
  const tenants = [...new Set(told.map(({ tenant }) => tenant))];
  const endpoints = new Map(
    await Promise.all(
      tenants.map(async (tenant) => [tenant, await webhooks.endpointsOf(tenant)] as const),
    ),
  );
  return told.flatMap((withdrawal) =>
    deliveriesOf(withdrawal, endpoints.get(withdrawal.tenant) ?? [], explorers),
  );
}
