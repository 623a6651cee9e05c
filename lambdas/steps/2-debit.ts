/** requested → reserved | rejected, confirmed → settled, refunding → refunded: the one writer of a wallet's ledger. */
import { logger } from '../boot/observe.ts';
import { bootDoorbells } from '../boot/outbox.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import { errorName } from '../core/kernel/errors.ts';
import type { Wallet } from '../core/ledger/wallet.ts';
import { type Doorbells, inboxDoorbell } from '../core/outbox/doorbells.ts';
import type { InboxMemory } from '../core/wallet/known.ts';
import { makeWriter } from '../core/wallet/writer.ts';

const store = bootStore();
const switches = bootSwitches();
const memory: InboxMemory = new Map();
let doorbells: Doorbells | null = null;

async function handOn(wallet: Wallet): Promise<boolean> {
  // Most workers never do, and making its client takes a tenth of their start.
  doorbells ??= bootDoorbells();
  try {
    // Each is a cause of its own, for the one before it has been handled.
    await doorbells.ring([inboxDoorbell(wallet, `on ${clock.now()}`)]);
    return true;
  } catch (error) {
    // The run then goes on with it itself.
    logger.warn('a wallet was not handed on', { walletId: wallet.id, error: errorName(error) });
    return false;
  }
}

export const handler = stepHandler('debit', (ids, budget, rungAt, rungFrom) =>
  makeWriter({ store, switches, clock, dice, budget, handOn }, memory)(ids, rungAt, rungFrom),
);
