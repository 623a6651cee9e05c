import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { dynamoDue } from '../../lambdas/adapters/dynamo/due.ts';
import { dynamoEndpointRegister } from '../../lambdas/adapters/dynamo/webhook-register.ts';
import { dynamoWebhooks } from '../../lambdas/adapters/dynamo/webhooks.ts';
import { isDeliveryLane } from '../../lambdas/core/kernel/ids.ts';
import { webhookEndpointsMax } from '../../lambdas/core/kernel/limits.ts';
import type { WebhookEndpoint } from '../../lambdas/core/webhooks/endpoint.ts';
import { deliveriesOf, withdrawalEvent } from '../../lambdas/core/webhooks/event.ts';
import { deliveriesTogetherMax } from '../../lambdas/core/webhooks/limits.ts';
import { deliveryLaneOf } from '../../lambdas/core/webhooks/webhook.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { shared } from '../support/shared.ts';
import { listedIn } from '../support/sweep.ts';
import { at, requestedOf, testClock, walletOf } from '../support/things.ts';
import { endpointOf as anyEndpoint, laneOf } from '../support/webhooks.ts';

const database = shared(startDatabase);

const clock = testClock();
const endpointOf = (id: string): WebhookEndpoint => anyEndpoint({ id: `we_${id.repeat(26)}` });
/** The deliveries of a new withdrawal's event with this sequence. */
const withdrawal = requestedOf(walletOf());
const toldOf = (sequence: number, endpoints = [endpointOf('a')], of = withdrawal) => {
  const history = Array.from({ length: sequence }, () => ({
    stage: 'requested' as const,
    at: at(1),
  }));
  const event = withdrawalEvent({ ...of, history }, new Map());
  return event === null ? [] : deliveriesOf(event, endpoints);
};

test('a lane has the deliveries of one withdrawal to one endpoint, in sequence', async () => {
  const { client, tables } = database;
  const webhooks = dynamoWebhooks(client, tables, clock);
  const both = [endpointOf('a'), endpointOf('b')];
  const other = toldOf(1, both, requestedOf(walletOf()));
  const made = [...toldOf(1, both), ...toldOf(2, both), ...toldOf(10, both)];
  await webhooks.createDeliveries([...other, ...made]);
  await webhooks.createDeliveries(made);
  for (const { id } of both) {
    const lane = made.filter((one) => one.endpointId === id);
    expect(await laneOf(webhooks, `${id}#${withdrawal.id}`)).toEqual(lane);
  }
  const due = await listedIn(dynamoDue(client, tables), 'deliveries', at(5_000));
  expect(due).toHaveLength(8);
  expect(new Set(due.map(({ id }) => id)).size).toBe(8);
  expect(new Set(due.map(({ lane }) => lane))).toEqual(
    new Set([...other, ...made].map(deliveryLaneOf)),
  );
  expect(due.every(({ lane }) => lane !== undefined && isDeliveryLane(lane))).toBe(true);
});

test('where one cannot be written, none after it in its lane is', async () => {
  const { client, tables } = database;
  let left = 1;
  const failing = new Proxy(client, {
    get: (target, name) =>
      name !== 'send'
        ? Reflect.get(target, name)
        : async (command: TransactWriteCommand) => {
            if (command instanceof TransactWriteCommand && left-- === 0)
              throw new Error('throttled');
            return target.send(command);
          },
  });
  const of = requestedOf(walletOf());
  const sequences = Array.from({ length: deliveriesTogetherMax + 5 }, (_, index) => index + 1);
  const made = sequences.flatMap((sequence) => toldOf(sequence, undefined, of));
  const write = dynamoWebhooks(failing, tables, clock).createDeliveries(made);
  await expect(write).rejects.toThrow('throttled');
  const lane = `${endpointOf('a').id}#${of.id}` as const;
  const seen = await laneOf(dynamoWebhooks(client, tables, clock), lane);
  expect(seen.map(({ sequence }) => sequence)).toEqual(sequences.slice(0, deliveriesTogetherMax));
});

const endpointNumber = (tenant: string, number: number): WebhookEndpoint => ({
  ...endpointOf('a'),
  id: `we_${tenant}${String(number).padStart(26 - tenant.length, '0')}`,
  tenant,
});

test('a tenant has at most so many endpoints, also when all are created at once', async () => {
  const { client, tables } = database;
  const webhooks = dynamoWebhooks(client, tables, clock);
  const register = dynamoEndpointRegister(client, tables);
  const tenant = 'crowd';
  const asked = Array.from({ length: webhookEndpointsMax + 15 }, (_, at) => at);
  const create = (at: number) =>
    dynamoEndpointRegister(client, tables).create(endpointNumber(tenant, at));
  // Each that is created has all others of its time look again: the first are created at once, and those about the limit.
  const created = await Promise.all(asked.slice(0, 10).map(create));
  for (const at of asked.slice(10, webhookEndpointsMax - 15)) created.push(await create(at));
  created.push(...(await Promise.all(asked.slice(created.length).map(create))));
  expect(created.filter(Boolean)).toHaveLength(webhookEndpointsMax);
  expect(await webhooks.endpointsOf(tenant)).toHaveLength(webhookEndpointsMax);
  const refused = created.indexOf(false);
  const { id } = endpointNumber(tenant, refused);
  expect(await webhooks.endpoints([{ tenant, id }])).toEqual([null]);
  expect(await register.create(endpointNumber('other', 1))).toBe(true);
});

test('endpoints from before creations were counted count', async () => {
  const { client, tables } = database;
  const webhooks = dynamoWebhooks(client, tables, clock);
  const register = dynamoEndpointRegister(client, tables);
  const tenant = 'old';
  for (let at = 0; at < webhookEndpointsMax; at += 1) {
    const endpoint = endpointNumber(tenant, at);
    const { wants: _, version: __, ...old } = endpoint;
    const Item = { pk: `TENANT#${tenant}`, sk: `ENDPOINT#${endpoint.id}`, ...old };
    await client.send(new PutCommand({ TableName: tables.webhooks, Item }));
  }
  expect(await register.create(endpointNumber(tenant, 99))).toBe(false);
  expect(await webhooks.endpointsOf(tenant)).toHaveLength(webhookEndpointsMax);
});
