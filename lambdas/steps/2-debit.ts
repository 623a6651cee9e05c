/** requested → reserved | rejected: a wallet's inbox is applied, in order, to its balance or to its brokerage account. */
import { bootBrokerage, bootBrokerageGates, brokerageCalls } from '../boot/brokerage.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import { withBrokerage } from '../core/brokerage/world.ts';
import { all } from '../core/kernel/all.ts';
import { isWalletId, isWithdrawalId } from '../core/kernel/ids.ts';
import { makeDebit } from '../core/wallet/debit.ts';
import { followDebits } from '../core/wallet/follow-debit.ts';

const store = bootStore();
const switches = bootSwitches();
const gates = await bootBrokerageGates();
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('debit', (ids, budget) =>
  gates.during(async () => {
    const world = { store, brokerage, clock, dice, budget, gates, switches };
    const ends = await all(ids.filter(isWalletId).map(makeDebit(world)));
    const waiting = ids.filter(isWithdrawalId);
    if (waiting.length > 0) await followDebits(withBrokerage(world), waiting);
    return ends.includes('unfinished') ? 'unfinished' : 'done';
  }),
);
