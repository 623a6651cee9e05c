import { rmSync } from 'node:fs';
import path from 'node:path';
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { usagePlanKeys } from '../../lambdas/adapters/aws/usage-plan-keys.ts';
import { findKey } from '../../lambdas/adapters/dynamo/api-keys.ts';
import { keyRegister } from '../../lambdas/adapters/dynamo/key-register.ts';
import { keyItemKey } from '../../lambdas/adapters/dynamo/key-rows.ts';
import {
  createKey,
  isBrokenOff,
  type KeysWorld,
  revokeKey,
} from '../../lambdas/api/access/keys.ts';
import { openUsagePlans, type UsagePlans } from '../../local/gateway/usage-plans.ts';
import { usagePlansApi } from '../../local/gateway/usage-plans-api.ts';
import { type EarlyServer, listenEarly } from '../../local/host/servers.ts';
import { makeResolver } from '../../local/template/intrinsics.ts';
import { tempDir } from '../local/fixture.ts';
import { awsAt } from '../support/aws.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';

const directory = tempDir();
const stage = 'prod';
const openPlans = (): UsagePlans => {
  const Properties = { UsagePlanName: 'control', ApiStages: [{ ApiId: 'api', Stage: stage }] };
  const template = { Resources: { Plan: { Type: 'AWS::ApiGateway::UsagePlan', Properties } } };
  const resolver = makeResolver({ template, stackName: 'Test', awsEndpoint: 'http://local' });
  return openUsagePlans(resolver, { file: (...names) => path.join(directory, ...names) });
};

let database: TestDatabase;
let aws: EarlyServer;
let plans: UsagePlans;
let world: KeysWorld;
let time = 1_000_000;
let randoms = 0;

beforeAll(async () => {
  database = await startDatabase();
  aws = await listenEarly(0, 'AWS_PORT');
});
afterAll(async () => {
  await aws.close(0);
  database.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  plans = openPlans();
  aws.serve(usagePlansApi(plans, () => {}));
  const client = new APIGatewayClient({
    ...awsAt(aws.url),
    maxAttempts: 1,
  });
  world = {
    register: keyRegister(database.client, 'control'),
    usagePlan: usagePlanKeys(client, 'control'),
    now: () => ++time,
    random: (bytes) => Buffer.alloc(bytes, ++randoms),
  };
});

const find = (key: string) => findKey(database.client, database.tables, key);
/** The key that the next createKey makes. */
const nextKey = (): string => `dk_${Buffer.alloc(24, randoms + 1).toString('base64url')}`;
const request = (tenant: string) => ({
  tenant,
  scopes: ['wallets:read'],
  name: 'a label',
  principal: null as string | null,
});
const registered = async (tenant: string) =>
  (await world.register.list()).filter((one) => one.tenant === tenant);

test('a key works, is counted, and only its hash is stored', async () => {
  const { key, keyId } = await createKey(world, request('acme'));
  const found = await find(key);
  expect(found).toMatchObject({ keyId, tenant: 'acme', scopes: ['wallets:read'] });
  expect(plans.admit(found?.usageKey ?? null, stage)).toBe('ADMITTED');
  const stored = [
    await world.register.find(keyId),
    await database.client.send(new GetCommand({ TableName: 'control', Key: keyItemKey(key) })),
  ];
  const text = JSON.stringify(stored, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(text).not.toContain(key);
  expect(text).not.toContain(key.slice('dk_'.length));
  expect(found?.usageKey).not.toContain(key.slice('dk_'.length));
});

test('a key keeps whose it is, and the register shows it', async () => {
  const { key, keyId } = await createKey(world, { ...request('acme'), principal: 'Ada' });
  expect(await find(key)).toMatchObject({ principal: 'Ada' });
  expect(await world.register.find(keyId)).toMatchObject({ principal: 'Ada' });
  const other = await createKey(world, request('acme'));
  expect(await find(other.key)).toMatchObject({ principal: null });
});

test('half of the hash finds an item and does not open it', async () => {
  const { key } = await createKey(world, request('acme'));
  const Key = keyItemKey(key);
  const { Item } = await database.client.send(new GetCommand({ TableName: 'control', Key }));
  const hash = String(Item?.['hash']);
  const other = hash.slice(0, 63) + (hash.endsWith('0') ? '1' : '0');
  const changed = { ...Item, hash: other };
  await database.client.send(new PutCommand({ TableName: 'control', Item: changed }));
  expect(await find(key)).toBeNull();
});

test('a revoked key is unknown and no longer counted, and stays on record', async () => {
  const { key, keyId } = await createKey(world, request('gone'));
  const usageKey = (await find(key))?.usageKey ?? null;
  expect(await revokeKey(world, keyId)).toMatchObject({ tenant: 'gone' });
  const [first] = await registered('gone');
  expect(await revokeKey(world, keyId)).toMatchObject({ revokedAt: first?.revokedAt });
  expect(await find(key)).toBeNull();
  expect(plans.admit(usageKey, stage)).toBe('INVALID_API_KEY');
  expect(await registered('gone')).toEqual([first]);
  expect(first).toMatchObject({ keyId, scopes: ['wallets:read'], lookup: keyItemKey(key).pk });
  expect(await revokeKey(world, 'key_nobody')).toBeNull();
});

const crash = async (): Promise<never> => {
  throw new Error('crash');
};
const tenMinutesMs = 10 * 60_000;

test.each<[string, (whole: KeysWorld) => KeysWorld]>([
  ['before it is counted', (w) => ({ ...w, usagePlan: { ...w.usagePlan, add: crash } })],
  ['before it works', (w) => ({ ...w, register: { ...w.register, finish: crash } })],
])(
  'a key whose making ends %s cannot be used, is on record, and is cleared away',
  async (when, breaks) => {
    const tenant = when.replaceAll(' ', '-');
    const key = nextKey();
    await expect(createKey(breaks(world), request(tenant))).rejects.toThrow('crash');
    expect(await find(key)).toBeNull();
    expect((await registered(tenant)).map(isBrokenOff)).toEqual([true]);

    // A young unfinished key may be in the making.
    await createKey(world, request(tenant));
    expect((await registered(tenant)).filter(isBrokenOff)).toHaveLength(1);
    time += tenMinutesMs;
    await createKey(world, request(tenant));
    const keys = await registered(tenant);
    expect(keys.filter(isBrokenOff)).toEqual([]);
    expect(keys.map(({ revokedAt }) => revokedAt !== undefined)).toEqual([true, false, false]);
    const counted = plans.keys().filter(({ name }) => keys.some(({ keyId }) => keyId === name));
    expect(counted).toHaveLength(2);
  },
);

test('a revocation that ends half way has already taken effect, and is completed by the next', async () => {
  const { key, keyId } = await createKey(world, request('half'));
  const broken = { ...world, usagePlan: { ...world.usagePlan, remove: crash } };
  await expect(revokeKey(broken, keyId)).rejects.toThrow('crash');
  expect(await find(key)).toBeNull();
  const counted = () => plans.keys().filter(({ name }) => name === keyId);
  expect(counted()).toHaveLength(1);
  await revokeKey(world, keyId);
  expect(counted()).toEqual([]);
});

test('a key that is revoked while it is made never works', async () => {
  const key = nextKey();
  const add: KeysWorld['usagePlan']['add'] = async (keyId, value) => {
    await world.usagePlan.add(keyId, value);
    await revokeKey(world, keyId);
  };
  const making = createKey({ ...world, usagePlan: { ...world.usagePlan, add } }, request('raced'));
  await expect(making).rejects.toThrow(/ConditionalCheckFailed/);
  expect(await find(key)).toBeNull();
});

test('what was added already is added again without harm', async () => {
  await world.usagePlan.add('key_twice', 'a-value-of-twenty-characters');
  await world.usagePlan.add('key_twice', 'a-value-of-twenty-characters');
  expect(plans.keys().filter(({ name }) => name === 'key_twice')).toHaveLength(1);
  // The run that made this key ended before it was attached.
  plans.add('key_alone', 'another-value-of-twenty-chars');
  await world.usagePlan.add('key_alone', 'another-value-of-twenty-chars');
  expect(plans.admit('another-value-of-twenty-chars', stage)).toBe('ADMITTED');
});

test('keys outlive the process', async () => {
  const { key } = await createKey(world, request('kept'));
  const usageKey = (await find(key))?.usageKey ?? null;
  expect(openPlans().admit(usageKey, stage)).toBe('ADMITTED');
});
