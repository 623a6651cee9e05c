/** converted → signed → broadcast: the payout is signed, saved, and handed to the chain. No other step has the keys. */
import { bootBrokerage, brokerageCalls } from '../boot/brokerage.ts';
import { bootChains, bootPayoutGates, bootSigner } from '../boot/chains.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootStore } from '../boot/store.ts';
import { clock, dice } from '../boot/world.ts';
import { isWithdrawalId } from '../core/kernel/ids.ts';
import { makeGatedBroadcast } from '../core/payout/broadcast.ts';

const store = bootStore();
const [gates, signer] = await Promise.all([bootPayoutGates(), bootSigner()]);
const chains = bootChains(gates.pass);
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('broadcast', async (ids, budget) => {
  const world = { store, chains, signer, brokerage, clock, dice, budget };
  await makeGatedBroadcast({ ...world, gates })(ids.filter(isWithdrawalId));
  return 'done';
});
