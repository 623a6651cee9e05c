/** reserved → converting → converted: the on-ramp turns the withdrawal's USD into USDC in our treasury. */
import { bootOnRamp, bootStore, clock, dice } from '../boot.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeOnRamp } from '../core/on-ramp.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const onRamp = await bootOnRamp();

export const handler = stepHandler('on-ramp', async (ids, budget) => {
  const convert = makeOnRamp({ store, onRamp, clock, dice, budget });
  await convert(ids.filter(isWithdrawalId));
  return 'done';
});
