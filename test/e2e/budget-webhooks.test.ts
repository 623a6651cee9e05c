import { expect, jest, test } from '@jest/globals';
import type { CreatedWebhookEndpoint, WebhookStats } from '../../client/src/generated/types.ts';
import { totalOf, usageIn } from '../../local/lambda/usage.ts';
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
  await alice.until(
    () => alice.get<WebhookStats>('/v1/webhooks/stats'),
    ({ completed }) => completed === count,
  );
  expect(to.told).toHaveLength(count);
  await system.stop();
  const usage = usageIn(dataDir);
  const [making, sending] = ['webhook-endpoints', 'webhook'].map((name) => {
    const one = usage.get(name);
    return totalOf(new Map(one === undefined ? [] : [[name, one]]));
  });
  // Made: Powertools' record of the request, the item and its count in one transaction, and two indexes. Sent: begun, and ended with its count. These come one at a
  // time; the more come together, the fewer calls and counts each of them needs.
  expect((making?.writeUnits ?? 0) / count).toBeLessThanOrEqual(8.5);
  expect((making?.awsCalls ?? 0) / count).toBeLessThanOrEqual(5.5);
  expect((sending?.writeUnits ?? 0) / count).toBeLessThanOrEqual(8.5);
  expect((sending?.readUnits ?? 0) / count).toBeLessThanOrEqual(4);
  expect((sending?.awsCalls ?? 0) / count).toBeLessThanOrEqual(4.5);
});
