/** broadcast → confirmed: the chain's final verdict. */
import { bootStore, bootViews, clock } from '../boot.ts';
import { bootNodeGates } from '../boot-gates.ts';
import { makeConfirm } from '../core/confirm.ts';
import { gatedChains } from '../core/gates.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const gates = bootNodeGates();
const confirm = makeConfirm(bootStore(), gatedChains(bootViews(gates.pass), gates), clock);

export const handler = stepHandler('confirm', async (ids) => {
  await gates.during(() => confirm(ids.filter(isWithdrawalId)));
  return 'done';
});
