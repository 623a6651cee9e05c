/** refunding → refunded: proof says that nothing is paid; a brokerage's cash goes back to it, then the hold is released. */
import { bootBrokerage, bootBrokerageGates, brokerageCalls } from '../boot/brokerage.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeRefund } from '../core/wallet/refund.ts';

const store = bootStore();
const switches = bootSwitches();
const gates = await bootBrokerageGates();
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('refund', (ids, budget) => {
  const refund = makeRefund({ store, brokerage, clock, dice, budget, switches });
  return gates.during(() => refund(ids.filter(isWithdrawalId)));
});
