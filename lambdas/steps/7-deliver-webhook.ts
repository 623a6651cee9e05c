/** Tells a client of a change, signed, until it is told 2xx. */
import { webhookSender } from '../adapters/webhook-sender.ts';
import { bootWebhooks, clock, dice, webhookAllowedHosts } from '../boot.ts';
import { all } from '../core/all.ts';
import { makeDeliver } from '../core/deliver.ts';
import { isDeliveryLane } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const send = webhookSender(webhookAllowedHosts(), clock);
const store = bootWebhooks();

export const handler = stepHandler('webhook', async (ids, budget) => {
  const deliver = makeDeliver({ store, send, clock, dice, budget });
  const ends = await all(ids.filter(isDeliveryLane).map(deliver));
  return ends.includes('unfinished') ? 'unfinished' : 'done';
});
