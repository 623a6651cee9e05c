/** converted → signed → broadcast: the payout is signed, saved, and handed to the chain. The only step with the keys. */
import { bootChains, bootSigner, bootStore, clock, dice } from '../boot.ts';
import { makeBroadcast } from '../core/broadcast.ts';
import { isWithdrawalId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const signer = await bootSigner();
const broadcast = makeBroadcast({ store: bootStore(), chains: bootChains(), signer, clock, dice });

export const handler = stepHandler('broadcast', async (ids) => {
  await broadcast(ids.filter(isWithdrawalId));
  return 'done';
});
