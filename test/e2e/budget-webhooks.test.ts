import { expect, jest, test } from '@jest/globals';
import type { CreatedWebhookEndpoint, WebhookStats } from '../../client/src/generated/types.ts';
import { type FunctionUsage, sum, usageIn } from '../../local/lambda/usage.ts';
import { testReceivers } from '../support/receiver.ts';
import { testSystem } from './system.ts';

jest.setTimeout(120_000);

const { dataDir, system, alice } = testSystem();
const receiver = testReceivers();
const count = 60;

/** A small event that is taken at once. One of a withdrawal is larger: its item is written thrice, at a unit for each 1 KB. */
test('a delivery stays within its budget', async () => {
  const to = await receiver();
  const hook = { url: to.url, events: ['withdrawal.failed'] };
  const made = await alice.call<CreatedWebhookEndpoint>('POST', '/v1/webhook-endpoints', hook);
  await Promise.all(
    Array.from({ length: count }, (_, n) =>
      alice.call('POST', '/v1/webhooks', {
        event_type: 'bench',
        event_id: `event ${n}`,
        config_id: made.body.id,
        url_params: { n },
      }),
    ),
  );
  // Each look at the counts is a request to the function that is measured, so the receiver is what is waited for.
  await alice.until(
    async () => to.told.length,
    (told) => told === count,
  );
  await alice.until(
    () => alice.get<WebhookStats>('/v1/webhooks/stats'),
    ({ completed }) => completed === count,
  );
  expect(to.told).toHaveLength(count);
  await system.stop();
  const usage = usageIn(dataDir);
  const usageOf = (...names: string[]): FunctionUsage =>
    names.map((name) => usage.get(name) as FunctionUsage).reduce(sum);
  const making = usageOf('webhook-endpoints');
  const sending = usageOf('webhook', 'webhook-retry');
  // Made: Powertools' record of the request, the item and its count in one transaction, and two indexes. Sent: begun, and ended with its count. These come one at a
  // time; the more come together, the fewer calls and counts each of them needs.
  expect(making.writeUnits / count).toBeLessThanOrEqual(8.5);
  expect(making.awsCalls / count).toBeLessThanOrEqual(5.5);
  expect(sending.writeUnits / count).toBeLessThanOrEqual(8.5);
  expect(sending.readUnits / count).toBeLessThanOrEqual(4);
  expect(sending.awsCalls / count).toBeLessThanOrEqual(4.5);
});
