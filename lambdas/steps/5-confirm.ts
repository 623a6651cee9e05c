/** broadcast → confirmed: the chain's final verdict. */
import { bootStore, bootViews, clock } from '../boot.ts';
import { makeConfirm } from '../core/confirm.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const confirm = makeConfirm(bootStore(), bootViews(), clock);

export const handler = stepHandler('confirm', async (ids) => {
  await confirm(ids.filter(isWithdrawalId));
  return 'done';
});
