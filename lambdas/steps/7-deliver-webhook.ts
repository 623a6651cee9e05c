/** Sends a client the signed events of its withdrawals, in order, until each is answered 2xx or given up. */
import { webhookSender } from '../adapters/net/webhook-sender.ts';
import { webhookAllowedHosts } from '../boot/settings.ts';
import { stepHandler } from '../boot/step-handler.ts';
import { bootWebhooks } from '../boot/webhooks.ts';
import { clock, dice } from '../boot/world.ts';
import { all } from '../core/kernel/all.ts';
import { isDeliveryLane } from '../core/kernel/ids.ts';
import { makeDeliver } from '../core/webhooks/deliver.ts';

const send = webhookSender(webhookAllowedHosts(), clock);
const store = bootWebhooks();

export const handler = stepHandler('webhook', async (ids, budget) => {
  const deliver = makeDeliver({ store, send, clock, dice, budget });
  const ends = await all(ids.filter(isDeliveryLane).map(deliver));
  return ends.includes('unfinished') ? 'unfinished' : 'done';
});
