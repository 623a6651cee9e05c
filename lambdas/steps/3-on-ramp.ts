/** reserved → converting → converted: the on-ramp turns the withdrawal's USD into USDC in our treasury. */
import { dueOnRamp } from '../adapters/due.ts';
import { dueVirtualAccounts } from '../adapters/due-accounts.ts';
import { dynamoWires } from '../adapters/dynamo-wires.ts';
import {
  bootBrokerage,
  bootStore,
  clock,
  database,
  dice,
  onRampConfig,
  payIn,
  tables,
} from '../boot.ts';
import { bootOnRampGates, brokerageCalls, onRampCalls } from '../boot-gates.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { makeOnRamp } from '../core/on-ramp.ts';
import { stepHandler } from './step-handler.ts';

const store = { ...bootStore(), ...dynamoWires(database(), tables()) };
const gates = await bootOnRampGates();
const [config, brokerage] = await Promise.all([
  onRampConfig(),
  bootBrokerage(brokerageCalls(gates)),
]);
const request = onRampCalls(gates);
const provider = {
  onRamp: dueOnRamp(config, request),
  accounts: dueVirtualAccounts(config, request),
};
const outside = { ...provider, gates, brokerage, payIn: payIn() };

export const handler = stepHandler('on-ramp', async (ids, budget) => {
  const convert = makeOnRamp({ store, ...outside, clock, dice, budget });
  await convert(ids.filter(isWithdrawalId));
  return 'done';
});
