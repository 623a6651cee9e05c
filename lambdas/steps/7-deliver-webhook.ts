/** Tells a client of a change, signed, until it is told 2xx. */
import { webhookSender } from '../adapters/webhook-sender.ts';
import { bootWebhooks, clock, dice, webhookAllowedHosts } from '../boot.ts';
import { makeDeliver } from '../core/deliver.ts';
import { isDeliveryId } from '../core/ids.ts';
import { stepHandler } from './step-handler.ts';

const send = webhookSender(webhookAllowedHosts(), clock);
const deliver = makeDeliver(bootWebhooks(), send, clock, dice);

export const handler = stepHandler('webhook', async (ids) => {
  await deliver(ids.filter(isDeliveryId));
  return 'done';
});
