/** refunding → refunded: what a brokerage gave goes back to it, then the hold is released: nothing was and will be paid. */
import { bootBrokerage, bootStore, clock, dice } from '../boot.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeRefund } from '../core/settle.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const brokerage = await bootBrokerage();

export const handler = stepHandler('refund', (ids, budget) =>
  makeRefund({ store, brokerage, clock, dice, budget })(ids.filter(isWithdrawalId)),
);
