/** requested → reserved | rejected, confirmed → settled, refunding → refunded: the one writer of a wallet's ledger. */
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import { type InboxMemory, makeWriter } from '../core/wallet/writer.ts';

const store = bootStore();
const switches = bootSwitches();
const memory: InboxMemory = new Map();

export const handler = stepHandler('debit', (ids, budget, rungAt) =>
  makeWriter({ store, switches, clock, dice, budget }, memory)(ids, rungAt),
);
