/** requested → debiting → reserved | rejected, for a wallet at a brokerage: its cash is asked for, in order, before it is held. */
import { bootBrokerage, bootBrokerageGates, brokerageCalls } from '../boot/brokerage.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import { withBrokerage } from '../core/brokerage/world.ts';
import { all } from '../core/kernel/all.ts';
import { isWalletId, isWithdrawalId } from '../core/kernel/ids.ts';
import { followDebits } from '../core/wallet/follow-debit.ts';
import { makeDebitAtBrokerage } from '../core/wallet/rung-journal.ts';

const store = bootStore();
const switches = bootSwitches();
const gates = await bootBrokerageGates();
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('journal', (ids, budget, rungAt) =>
  gates.during(async () => {
    const world = withBrokerage({ store, brokerage, clock, dice, budget, gates, switches });
    const debit = makeDebitAtBrokerage(world);
    const ends = await all(ids.filter(isWalletId).map((id) => debit(id, rungAt)));
    const waiting = ids.filter(isWithdrawalId);
    if (waiting.length > 0) await followDebits(world, waiting);
    return ends.includes('unfinished') ? 'unfinished' : 'done';
  }),
);
