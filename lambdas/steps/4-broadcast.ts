/** converted → signed → broadcast: the payout is signed, saved, and handed to the chain. The only step with the keys. */
import { bootBrokerage, bootChains, bootSigner, bootStore, clock, dice } from '../boot.ts';
import { makeBroadcast } from '../core/broadcast.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const store = bootStore();
const chains = bootChains();
const [signer, brokerage] = await Promise.all([bootSigner(), bootBrokerage()]);

export const handler = stepHandler('broadcast', async (ids, budget) => {
  const broadcast = makeBroadcast({ store, chains, signer, brokerage, clock, dice, budget });
  await broadcast(ids.filter(isWithdrawalId));
  return 'done';
});
