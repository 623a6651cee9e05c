/** Changes of items, as the stream of the money table tells them, and the event that each of them is. */
import type { Explorers } from '../kernel/networks.ts';
import type { Wallet, WalletTransaction } from '../ledger/wallet.ts';
import { transactionEvent, type WebhookEvent, withdrawalEvent } from '../webhooks/event.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';

/** One change of an item. */
export type Changed =
  /** A withdrawal that has come into a new stage. */
  | { item: 'withdrawal'; now: Withdrawal }
  /** A withdrawal that begins to wait for its next attempt within its stage. Nothing rings for that but the time. */
  | { item: 'retry'; now: Withdrawal }
  /** A credit or debit that was accepted. */
  | { item: 'transaction'; now: WalletTransaction }
  /** A credit or debit that has come into the ledger. */
  | { item: 'processed'; now: WalletTransaction }
  /** A wallet that is ACTIVE again: what waits in its inbox may be applied. */
  | { item: 'wallet'; now: Wallet };

/** What is told of a change; `null`: nothing. Endpoints and the bus are told the same. */
export function eventIn(change: Changed, explorers: Explorers): WebhookEvent | null {
  switch (change.item) {
    case 'withdrawal':
    case 'retry':
      return withdrawalEvent(change.now, explorers);
    case 'transaction':
    case 'processed':
      return transactionEvent(change.now);
    case 'wallet':
      return null;
    default:
      return change satisfies never;
  }
}
