/** confirmed → settled: the hold is spent. */
import { bootStore, clock } from '../boot.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeSettle } from '../core/settle.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();

export const handler = stepHandler('settle', (ids, budget) =>
  makeSettle({ store, clock, budget })(ids.filter(isWithdrawalId)),
);
