/** requested → reserved | rejected, confirmed → settled, refunding → refunded: the one writer of a wallet's ledger. */

import { bootDoorbells } from '../boot/outbox.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import type { Wallet } from '../core/ledger/wallet.ts';
import { inboxDoorbell } from '../core/outbox/doorbells.ts';
import type { InboxMemory } from '../core/wallet/known.ts';
import { makeWriter } from '../core/wallet/writer.ts';

const store = bootStore();
const switches = bootSwitches();
const memory: InboxMemory = new Map();
const doorbells = bootDoorbells();

// Each hand-on is a cause of its own: the one before it has been handled.
const handOn = (wallet: Wallet): Promise<void> =>
  doorbells.ring([inboxDoorbell(wallet, `on ${clock.now()}`)]);

export const handler = stepHandler('debit', (ids, budget, rungAt, rungFrom) =>
  makeWriter({ store, switches, clock, dice, budget, handOn }, memory)(ids, rungAt, rungFrom),
);
