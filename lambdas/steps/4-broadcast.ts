/** converted → signed → broadcast: the payout is signed, saved, and handed to the chain. The only step with the keys. */
import { bootBrokerage, bootChains, bootSigner, bootStore, clock, dice } from '../boot.ts';
import { bootPayoutGates, brokerageCalls } from '../boot-gates.ts';
import { makeGatedBroadcast } from '../core/gated-broadcast.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const [gates, signer] = await Promise.all([bootPayoutGates(), bootSigner()]);
const chains = bootChains(gates.pass);
const brokerage = await bootBrokerage(brokerageCalls(gates));

export const handler = stepHandler('broadcast', async (ids, budget) => {
  const world = { store, chains, signer, brokerage, clock, dice, budget };
  await makeGatedBroadcast({ ...world, gates })(ids.filter(isWithdrawalId));
  return 'done';
});
