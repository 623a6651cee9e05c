/** reserved → converting → converted: the on-ramp turns the withdrawal's USD into USDC in our treasury. */
import { dynamoWires } from '../adapters/dynamo-wires.ts';
import {
  bootBrokerage,
  bootOnRamp,
  bootStore,
  clock,
  database,
  dice,
  payIn,
  tables,
} from '../boot.ts';
import { bootOnRampGates, brokerageCalls, onRampCalls } from '../boot-gates.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeOnRamp } from '../core/on-ramp.ts';
import { stepHandler } from './step-handler.ts';

const store = { ...bootStore(), ...dynamoWires(database(), tables()) };
const gates = await bootOnRampGates();
const [onRamp, brokerage] = await Promise.all([
  bootOnRamp(onRampCalls(gates)),
  bootBrokerage(brokerageCalls(gates)),
]);
const outside = { onRamp, brokerage, gates, payIn: payIn() };

export const handler = stepHandler('on-ramp', async (ids, budget) => {
  const convert = makeOnRamp({ store, ...outside, clock, dice, budget });
  await convert(ids.filter(isWithdrawalId));
  return 'done';
});
