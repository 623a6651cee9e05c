/** Changes of items, as the stream of the money table tells them, and the event that each of them is. */
import type { Explorers } from '../kernel/networks.ts';
import type { Wallet, WalletTransaction } from '../ledger/wallet.ts';
import { asItWas } from '../webhooks/as-it-was.ts';
import { transactionEvent, type WebhookEvent, withdrawalEvent } from '../webhooks/event.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';

/** One change of an item. */
export type Changed =
  /** A withdrawal that has come into a new stage, and how many lines its timeline had before. */
  | { item: 'withdrawal'; now: Withdrawal; linesBefore: number }
  /** A withdrawal that begins to wait for its next attempt within its stage. Nothing rings for that but the time. */
  | { item: 'retry'; now: Withdrawal; linesBefore: number }
  /** A credit or debit that was accepted. */
  | { item: 'transaction'; now: WalletTransaction }
  /** A credit or debit that has come into the ledger. */
  | { item: 'processed'; now: WalletTransaction }
  /** A wallet that is ACTIVE again: what waits in its inbox may be applied. */
  | { item: 'wallet'; now: Wallet };

/** What is told of a change: each line that it has added to a timeline, in order. Endpoints and the bus are told the same. */
export function eventsIn(change: Changed, explorers: Explorers): WebhookEvent[] {
  switch (change.item) {
    case 'withdrawal':
    case 'retry': {
      const { now, linesBefore } = change;
      const last = now.history.length - 1;
      const between = asItWas(now, (_, index) => index >= linesBefore && index < last);
      return [...between, now].flatMap((was) => withdrawalEvent(was, explorers) ?? []);
    }
    case 'transaction':
    case 'processed':
      return [transactionEvent(change.now) ?? []].flat();
    case 'wallet':
      return [];
    default:
      return change satisfies never;
  }
}
