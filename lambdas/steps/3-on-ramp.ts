/** reserved → converting → converted: the on-ramp turns the withdrawal's USD into USDC in our treasury. */
import { dueVirtualAccounts } from '../adapters/due/accounts.ts';
import { dueOnRamp } from '../adapters/due/on-ramp.ts';
import { dynamoWires } from '../adapters/dynamo/wires.ts';
import { bootBrokerage, brokerageCalls } from '../boot/brokerage.ts';
import { bootArrivals } from '../boot/nodes.ts';
import { bootOnRampGates, onRampCalls, onRampConfig, payIn } from '../boot/on-ramp.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { database, tables } from '../boot/tables.ts';
import { clock, dice } from '../boot/world.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeOnRamp } from '../core/on-ramp/on-ramp.ts';

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
const arrivals = bootArrivals(gates, store);
const switches = bootSwitches();
const outside = { ...provider, arrivals, gates, brokerage, switches, payIn: payIn() };

export const handler = stepHandler('on-ramp', async (ids, budget) => {
  const convert = makeOnRamp({ store, ...outside, clock, dice, budget });
  await convert(ids.filter(isWithdrawalId));
  return 'done';
});
