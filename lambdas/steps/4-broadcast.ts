/** converted → signed → broadcast: the payout is signed, saved, and handed to the chain. No other step has the keys. */
import { bootBrokerage, brokerageCalls } from '../boot/brokerage.ts';
import { bootPayoutGates, bootRails } from '../boot/rails.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStoreOfMany } from '../boot/store.ts';
import { bootSwitches } from '../boot/switches.ts';
import { clock, dice } from '../boot/world.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeBroadcast } from '../core/payout/broadcast.ts';

const store = bootStoreOfMany();
const switches = bootSwitches();
const gates = await bootPayoutGates();
const rails = bootRails(gates, store);
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('broadcast', async (ids, budget) => {
  const world = { store, rails, brokerage, clock, dice, budget, gates, switches };
  await makeBroadcast(world)(ids.filter(isWithdrawalId));
  return 'done';
});
