/** Single writes and transactions survive what DynamoDB and the network do to them, on the model of both. */
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { dynamoBreakers } from '../../lambdas/adapters/dynamo/breakers.ts';
import { dynamoRequests } from '../../lambdas/adapters/dynamo/requests.ts';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import { dynamoEndpointRegister } from '../../lambdas/adapters/dynamo/webhook-register.ts';
import { dynamoWebhooks } from '../../lambdas/adapters/dynamo/webhooks.ts';
import { closed } from '../../lambdas/core/breakers/breaker.ts';
import { type EndpointId, eventId } from '../../lambdas/core/kernel/ids.ts';
import type { Delivery } from '../../lambdas/core/webhooks/webhook.ts';
import { moveTo } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { emptyModel, thinModelClient } from '../sim/conformance/dynamodb-client.ts';
import { at, requestedOf, testClock, transactionOf, walletOf } from '../support/things.ts';
import { deliveryOf, endpointOf } from '../support/webhooks.ts';

/** With `late`, the request seems lost and takes effect only after the next one, which conflicts with it, was answered. */
type Fault = 'conflict' | 'throttle' | 'lost' | 'late';
const reset = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const tables = { money: 'money', webhooks: 'webhooks', control: 'control' };

/** The product's adapters, and the faults of their next requests. */
function setUp() {
  const model = emptyModel();
  const faults: Fault[] = [];
  const operations: string[] = [];
  const late: (() => unknown)[] = [];
  const raw = thinModelClient(model, {
    maxAttempts: 3,
    execute: (operation, input) => {
      operations.push(operation);
      const fault = faults.shift();
      if (fault === 'late') {
        late.push(() => model.execute(operation, input));
        throw reset();
      }
      if (fault === 'conflict' || fault === 'throttle') model.faults[fault] = 1;
      const answer = model.execute(operation, input);
      Object.assign(model.faults, { conflict: 0, throttle: 0 });
      late.shift()?.();
      if (fault === 'lost') throw reset();
      return answer;
    },
  });
  const client = DynamoDBDocumentClient.from(raw, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  });
  return {
    model,
    operations,
    happen: (...list: Fault[]) => faults.push(...list),
    store: dynamoStore(client, tables),
    requests: dynamoRequests(client, tables, 1_000),
    webhooks: dynamoWebhooks(client, tables, testClock()),
    register: dynamoEndpointRegister(client, tables),
    breakers: dynamoBreakers(client, tables, testClock()),
  };
}
type SetUp = ReturnType<typeof setUp>;

const wallet = walletOf();
const withdrawal = requestedOf(wallet);
const counter = { of: 'tenant:alice', currency: 'USD', day: '2026-01-01' } as const;
const delivery = deliveryOf({
  eventId: eventId(withdrawal.id, 1),
  sourceId: withdrawal.id,
  nextAttemptAt: at(5),
  createdAt: at(1),
});
const credit = transactionOf(wallet, 'CREDIT', 5n);
const moved = moveTo(withdrawal, 'reserved', {}, at(2_000));
const move = { change: 'withdrawal', from: withdrawal, to: moved } as const;
const suspended = { ...wallet, status: 'SUSPENDED', updatedAt: at(9) } as const;
const sent: Delivery = { ...delivery, status: 'COMPLETED', nextAttemptAt: null, version: 2 };
const breaker = { ...closed('due:quote'), version: 1 };

type Case = [
  name: string,
  before: (world: SetUp) => Promise<unknown>,
  write: (world: SetUp) => Promise<unknown>,
  made: unknown,
  refused: unknown,
];
const nothing = async () => {};
const hasWithdrawal = ({ requests }: SetUp) => requests.createWithdrawal(withdrawal, []);

// biome-ignore format: columns are the point
const alone: Case[] = [
  ['a withdrawal is moved', hasWithdrawal, ({ store }) => store.commit([move]), [], [0]],
  ['a withdrawal is created', nothing, hasWithdrawal, null, { existing: withdrawal }],
  ['a wallet transaction is created', nothing, ({ requests }) => requests.createTransaction(credit), null, expect.objectContaining({ id: credit.id })],
  ['a delivery is saved', ({ webhooks }) => webhooks.createDeliveries([delivery]), ({ webhooks }) => webhooks.saveEnds([{ from: delivery, to: sent }]), [true], [false]],
  ['an attempt is begun', ({ webhooks }) => webhooks.createDeliveries([delivery]), ({ webhooks }) => webhooks.saveBegins([sent]), [true], [false]],
  ['a breaker is saved', nothing, ({ breakers }) => breakers.save(breaker), true, false],
];

test.each(alone)(
  '%s although a transaction holds the item for a while',
  async (...[, before, write, made]) => {
    const world = setUp();
    await before(world);
    world.happen('conflict', 'conflict');
    expect(await write(world)).toEqual(made);
    expect(world.operations.slice(-3)).toEqual(Array(3).fill(world.operations.at(-1)));
  },
);

test.each(alone)('%s although the first try is throttled', async (...[, before, write, made]) => {
  const world = setUp();
  await before(world);
  world.happen('throttle');
  expect(await write(world)).toEqual(made);
});

test.each(alone)(
  '%s, and the SDK asks again because the answer was lost',
  async (...[, before, write, made]) => {
    const world = setUp();
    await before(world);
    const { transaction } = world.model.writes.at(-1) ?? { transaction: 0 };
    world.happen('lost');
    expect(await write(world)).toEqual(made);
    expect(world.model.writes.at(-1)?.transaction).toBe(transaction + 1);
  },
);

test.each(alone)(
  '%s, unheard, and a transaction holds the item when the SDK asks again',
  async (...[, before, write, made]) => {
    const world = setUp();
    await before(world);
    world.happen('lost', 'conflict');
    expect(await write(world)).toEqual(made);
  },
);

test.each(alone)(
  '%s by somebody else in the same way: refused',
  async (...[, before, write, , refused]) => {
    const world = setUp();
    await before(world);
    await write(world);
    expect(await write(world)).toEqual(refused);
  },
);

test('what stands there after a lost answer is somebody else’s: refused', async () => {
  const { store, requests, happen } = setUp();
  await requests.createWithdrawal(withdrawal, []);
  const cancelled = { ...withdrawal, version: 2, cancelRequested: true, updatedAt: at(3) };
  await store.commit([{ change: 'withdrawal', from: withdrawal, to: cancelled }]);
  happen('lost');
  expect(await store.commit([move])).toEqual([0]);
});

test('a conflict that does not end is thrown', async () => {
  const { store, requests, happen } = setUp();
  await requests.createWithdrawal(withdrawal, []);
  happen(...Array<Fault>(9).fill('conflict'));
  await expect(store.commit([move])).rejects.toThrow('ongoing');
});

const counted = {
  change: 'counter',
  counter,
  by: withdrawal.amount,
  max: withdrawal.amount,
} as const;
// biome-ignore format: columns are the point
test.each<[string, (world: SetUp) => Promise<unknown>, (world: SetUp) => Promise<unknown>]>([
  ['a wallet is created', nothing, async ({ requests }) => requests.createWallet(wallet)],
  ['a wallet is suspended', ({ requests }) => requests.createWallet(wallet), async ({ requests }) => expect(await requests.updateWallet(wallet, suspended)).toBe(true)],
  ['a withdrawal is created and counted', nothing, async ({ requests }) => expect(await requests.createWithdrawal(withdrawal, [counted])).toBeNull()],
])('%s in one transaction, whatever comes in between', async (_, before, write) => {
  for (const faults of [
    ['conflict', 'throttle', 'conflict'],
    ['lost', 'lost'],
    ['late', 'conflict'],
    ['conflict', 'late', 'conflict'],
  ] as const) {
    const world = setUp();
    await before(world);
    const { length } = world.model.writes;
    world.happen(...faults);
    await write(world);
    expect(world.model.writes).toHaveLength(length + 2);
  }
});

test('a wallet that was changed meanwhile is not changed again', async () => {
  const { requests } = setUp();
  await requests.createWallet(wallet);
  expect(await requests.updateWallet(wallet, suspended)).toBe(true);
  expect(await requests.updateWallet(wallet, suspended)).toBe(false);
});

test('every endpoint of a tenant is found, on however many pages', async () => {
  const { webhooks, register } = setUp();
  const description = 'd'.repeat(150_000);
  const ids = Array.from(
    { length: 12 },
    (_, n) => `whe_${String(n).padStart(32, '0')}` as EndpointId,
  );
  for (const id of ids) await register.create(endpointOf({ id, description }));
  expect((await webhooks.endpointsOf('alice')).map(({ endpoint }) => endpoint.id)).toEqual(ids);
});
