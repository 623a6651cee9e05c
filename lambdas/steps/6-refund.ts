/** refunding → refunded, for a wallet at a brokerage: proof says that nothing is paid, so the cash goes back, then the hold is released. */
import { bootBrokerage, bootBrokerageGates, brokerageCalls } from '../boot/brokerage.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import { withBrokerage } from '../core/brokerage/world.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeRefund } from '../core/wallet/refund.ts';

const store = bootStore();
const switches = bootSwitches();
const gates = await bootBrokerageGates();
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('refund', (ids, budget) => {
  const world = withBrokerage({ store, brokerage, clock, dice, budget, switches });
  const refund = makeRefund(world);
  return gates.during(() => refund(ids.filter(isWithdrawalId)));
});
