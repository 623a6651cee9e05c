/** confirmed → settled: the hold is spent. */
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { clock } from '../boot/world.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeSettle } from '../core/wallet/settle.ts';

const store = bootStore();

export const handler = stepHandler('settle', (ids, budget) =>
  makeSettle({ store, clock, budget })(ids.filter(isWithdrawalId)),
);
