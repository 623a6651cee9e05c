/** broadcast → confirmed: the chain gives its final verdict. */
import { bootViews } from '../boot/chains.ts';
import { bootNodeGates } from '../boot/networks.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { clock } from '../boot/world.ts';
import { gatedChains } from '../core/breakers/gates.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeConfirm } from '../core/payout/confirm.ts';

const gates = bootNodeGates();
const confirm = makeConfirm(bootStore(), gatedChains(bootViews(gates.pass), gates), clock);

export const handler = stepHandler('confirm', async (ids) => {
  await gates.during(() => confirm(ids.filter(isWithdrawalId)));
  return 'done';
});
