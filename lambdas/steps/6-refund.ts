/** refunding → refunded: the hold is released, because it is proven that nothing was and nothing will be paid. */
import { bootStore, clock } from '../boot.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeRefund } from '../core/settle.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();

export const handler = stepHandler('refund', (ids, budget) =>
  makeRefund(store, clock, budget)(ids.filter(isWithdrawalId)),
);
