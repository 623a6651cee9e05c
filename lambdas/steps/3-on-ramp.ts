/** reserved → converting → converted: the on-ramp turns the withdrawal's USD into USDC in our treasury. */
import { bootBreakers, bootOnRamp, bootStore, clock, dice } from '../boot.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeOnRamp } from '../core/on-ramp.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const onRamp = await bootOnRamp();
const breakers = bootBreakers();

export const handler = stepHandler('on-ramp', async (ids, budget) => {
  const convert = makeOnRamp({ store, onRamp, breakers, clock, dice, budget });
  await convert(ids.filter(isWithdrawalId));
  return 'done';
});
