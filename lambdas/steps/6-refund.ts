/** refunding → refunded: what a brokerage gave goes back to it, then the hold is released: nothing was and will be paid. */
import { bootBrokerage, bootStore, clock, dice } from '../boot.ts';
import { bootBrokerageGates, brokerageCalls } from '../boot-gates.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeRefund } from '../core/settle.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const gates = await bootBrokerageGates();
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('refund', (ids, budget) => {
  const refund = makeRefund({ store, brokerage, clock, dice, budget });
  return gates.during(() => refund(ids.filter(isWithdrawalId)));
});
