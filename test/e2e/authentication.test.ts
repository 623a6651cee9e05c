/** Every route of the API with every kind of key. A route that is added is asked by itself. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { routes } from '../../lib/http-api.ts';
import { type System, startSystem } from '../../local/child.ts';
import { audience, type Issuer, startIssuer } from '../support/issuer.ts';
import { type Answer, type Client, clientOf, newKey, type Withdrawal } from './client.ts';
import { testDataDir } from './system.ts';

const root = path.join(import.meta.dirname, '../..');
let system: System;
let issuer: Issuer;
afterAll(async () => {
  await system.stop();
  issuer.stop();
});
const dataDir = testDataDir();
let alice: Client;
let revoked: string;
/** Something of alice's for each kind of id in a path. */
let ids: Record<string, string>;

const run = async (...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      path.join(root, 'bin/cli/drawbridge.ts'),
      'keys',
      ...args,
    ],
    { env: { ...process.env, DATA_DIR: dataDir } },
  );
  return stdout.trim();
};
const start = (): Promise<System> =>
  startSystem({ dataDir, env: { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: audience } });
const keyIdOf = async (tenant: string): Promise<string> => {
  const [, line = ''] = (await run('list', '--tenant', tenant)).split('\n');
  return line.split(' ')[0] ?? '';
};

beforeAll(async () => {
  issuer = await startIssuer();
  system = await start();
  alice = await clientOf(system.outputs);
  revoked = await run('create', '--tenant', 'mallory', '--scopes', 'wallets:read');
  await run('revoke', '--key-id', await keyIdOf('mallory'));

  const wallet = await alice.wallet('USD', '100.00');
  const made = (at: string, body: unknown) =>
    alice.call<{ id: string }>('POST', at, body, { 'idempotency-key': newKey() });
  const credit = { type: 'CREDIT', amount: '1.00' };
  const hook = { url: 'http://127.0.0.1:9/', events: ['*'] };
  ids = {
    wallets: wallet,
    transactions: (await made(`/v1/wallets/${wallet}/transactions`, credit)).body.id,
    withdrawals: (await alice.withdraw(wallet)).body.id,
    'webhook-endpoints': (await made('/v1/webhook-endpoints', hook)).body.id,
  };
  const tried = await made(`/v1/webhook-endpoints/${ids['webhook-endpoints']}/test`, {});
  ids['webhook-deliveries'] = tried.body.id;
  ids['operations'] = ids['transactions'] ?? '';
});

/** Which scope a route needs follows from its path, so that nobody has to remember to write it here. */
const areas: Record<string, string> = {
  withdrawals: 'withdrawals',
  wallets: 'wallets',
  'webhook-endpoints': 'webhooks',
  'webhook-deliveries': 'webhooks',
  webhooks: 'webhooks',
};
const areaOf = (at: string): string => areas[at.split('/')[2] ?? ''] ?? 'operations';

// GraphQL asks for the scope of each operation that it is asked for (test/e2e/graphql.part.ts).
const closed = routes
  .filter(({ open, path: at }) => !open && at !== '/graphql')
  .map(({ method, path: at }) => ({ route: `${method} ${at}`, method, at, area: areaOf(at) }));
const ofTenants = closed.filter(({ area }) => area !== 'operations');
const withIds = ofTenants.filter(({ at }) => at.includes('{'));

/** A valid body, for routes that look at it before they look for what the path names. */
const bodies: Record<string, unknown> = {
  'POST /v1/wallets/{walletId}/transactions': { type: 'CREDIT', amount: '1.00' },
  'PATCH /v1/wallets/{walletId}': { status: 'ACTIVE' },
  'PATCH /v1/webhook-endpoints/{id}': { enabled: true },
  'POST /v1/webhook-endpoints/{id}/replay': { since: '2026-01-01T00:00:00.000Z' },
};

type Asked = (typeof closed)[number];
const ask = (
  { route, method, at }: Asked,
  headers: Record<string, string>,
  idFor: (kind: string) => string = unknownId,
): Promise<Response> => {
  const filled = at.replace(/([^/]+)\/\{[^}]+\}/g, (_, kind: string) => `${kind}/${idFor(kind)}`);
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return fetch(system.outputs.apiUrl + filled, {
    method,
    headers: { 'content-type': 'application/json', 'idempotency-key': newKey(), ...headers },
    ...(hasBody && { body: JSON.stringify(bodies[route] ?? {}) }),
  });
};
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const unknownId = (kind: string): string =>
  (ids[kind] ?? '').replace(/_.*/, `_${'0'.repeat(26)}`) || 'unknown';
const aliceId = (kind: string): string => {
  const id = ids[kind];
  if (id === undefined) throw new Error(`Make one of alice's ${kind} in this test's beforeAll.`);
  return id;
};

const nobodies = (): [string, Record<string, string>][] => [
  ['no key', {}],
  ['an empty key', { authorization: 'Bearer ' }],
  ['another scheme', { authorization: 'Basic YWxpY2U6' }],
  ['an unknown key', bearer('dk_garbage')],
  ['something that is no key', bearer(`${'é'.repeat(3)}`)],
  ['a revoked key', bearer(revoked)],
  ['a token that nobody signed', bearer('eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJhbGljZSJ9.')],
];

test.each(closed)('$route: 401 for whoever is not known', async (route) => {
  for (const [who, headers] of nobodies()) {
    const response = await ask(route, headers);
    const problem = (await response.json()) as { code: string };
    expect([who, response.status, problem.code]).toEqual([who, 401, 'UNAUTHORIZED']);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  }
});

test.each(closed)(
  '$route: 403 for a key without its scope, and not for one with it',
  async (route) => {
    const { method, area } = route;
    const mayRead = area !== 'operations' && method === 'GET';
    for (const [key, allowed] of [
      ['dk_local_alice_readonly', mayRead],
      ['dk_local_bob', area !== 'operations'],
      ['dk_local_operator', area === 'operations'],
    ] as const) {
      const response = await ask(route, bearer(key));
      const { code } = (await response.json()) as { code?: string };
      expect([key, response.status === 403, code === 'FORBIDDEN']).toEqual([
        key,
        !allowed,
        !allowed,
      ]);
      expect(response.status).toBeLessThan(500);
    }
  },
);

test.each(withIds)("$route: what is another tenant's does not exist", async (route) => {
  const token = await issuer.token({
    tenant: 'bob',
    scope:
      'withdrawals:read withdrawals:write wallets:read wallets:write transactions:write webhooks:read webhooks:write',
  });
  const said = async (key: string, idFor: typeof aliceId) => {
    const response = await ask(route, bearer(key), idFor);
    const { requestId: _, ...problem } = (await response.json()) as Record<string, unknown>;
    return { status: response.status, problem };
  };
  const unknown = await said('dk_local_bob', unknownId);
  // A 400 here is a route whose body must be added to `bodies`.
  expect(unknown).toMatchObject({ status: 404, problem: { code: 'NOT_FOUND' } });
  expect(await said('dk_local_bob', aliceId)).toEqual(unknown);
  expect(await said(token, aliceId)).toEqual(unknown);
  if (route.method === 'GET')
    expect((await ask(route, bearer('dk_local_alice'), aliceId)).status).toBe(200);
});

test('what is answered for one route says nothing about the next', async () => {
  const key = await run('create', '--tenant', 'alice', '--scopes', 'wallets:read');
  const client = await clientOf(system.outputs, key);
  const wallet = `/v1/wallets/${ids['wallets']}`;
  const credit = { type: 'CREDIT', amount: '1.00' };
  const asked: [string, string, unknown?][] = [
    ['GET', wallet],
    ['POST', `${wallet}/transactions`, credit],
    ['GET', `/v1/withdrawals/${ids['withdrawals']}`],
    ['POST', '/v1/wallets', { currency: 'USD' }],
    ['GET', wallet],
  ];
  const statuses: number[] = [];
  for (const [method, at, body] of asked) {
    const { status } = await client.call(method, at, body, { 'idempotency-key': newKey() });
    statuses.push(status);
  }
  expect(statuses).toEqual([200, 403, 403, 403, 200]);
});

test('a token acts for its tenant, with its scopes', async () => {
  const scope = 'wallets:read withdrawals:read email';
  const client = await clientOf(system.outputs, await issuer.token({ tenant: 'alice', scope }));
  const withdrawal: Answer<Withdrawal> = await client.call(
    'GET',
    `/v1/withdrawals/${ids['withdrawals']}`,
  );
  expect([withdrawal.status, withdrawal.body.id]).toEqual([200, ids['withdrawals']]);
  expect((await client.call('POST', '/v1/wallets', { currency: 'USD' })).status).toBe(403);
  const nobody = await issuer.token({ tenant: undefined });
  expect((await (await clientOf(system.outputs, nobody)).call('GET', '/v1/wallets/x')).status).toBe(
    401,
  );
});

test('keys and revocations outlive a restart; an issuer that is away is a 503, and no key suffers from it', async () => {
  const key = await run('create', '--tenant', 'alice', '--scopes', 'wallets:read');
  // Nor do the keys that are there from the start come back.
  await run('revoke', '--key-id', 'key_local_alice_readonly');
  await system.stop();
  issuer.break(true);
  system = await start();
  const wallet = `/v1/wallets/${ids['wallets']}`;
  const status = async (who: string) =>
    (await (await clientOf(system.outputs, who)).call('GET', wallet)).status;
  expect(await status(key)).toBe(200);
  expect(await status(revoked)).toBe(401);
  expect(await status('dk_local_alice_readonly')).toBe(401);
  const token = await issuer.token({ tenant: 'alice' });
  const away = await (await clientOf(system.outputs, token)).call('GET', wallet);
  expect(away).toMatchObject({ status: 503, body: { code: 'TEMPORARILY_UNAVAILABLE' } });
  expect(away.headers.get('retry-after')).toBe('1');
  issuer.break(false);
  expect(await status(token)).toBe(200);
});

const bad: [string[], string][] = [
  [[], 'There is no command'],
  [['destroy'], 'There is no command "destroy"'],
  [['create', '--scopes', 'wallets:read'], 'create needs --tenant'],
  [['create', '--tenant', 'a b', '--scopes', 'wallets:read'], '--tenant is a name'],
  [['create', '--tenant', 'a'], '--scopes takes any of'],
  [['create', '--tenant', 'a', '--scopes', 'root'], 'Not: root'],
  [['create', '--tenant', 'a', '--scopes', 'wallets:read', '--name', ''], '--name is a text'],
  [
    ['create', '--tenant', 'a', '--scopes', 'operations', '--principal', ' '],
    '--principal names a person',
  ],
  [['create', 'acme', '--scopes', 'wallets:read'], '"acme" is too much'],
  [['list', '--key-id', 'key_1'], 'list takes no --key-id'],
  [['revoke'], 'revoke needs --key-id'],
  [['revoke', '--key-id', 'key_1'], 'There is no key key_1'],
  [['list', '--colour'], "Unknown option '--colour'"],
];
test.each(bad)('npm run keys -- %j says what to do', async (args, message) => {
  await expect(run(...args)).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(new RegExp(`${message}[^]*usage: drawbridge keys`)),
  });
});

test('the list shows who has which key, and never a key', async () => {
  const key = await run(
    'create',
    '--tenant',
    'lister',
    '--scopes',
    'wallets:read',
    '--name',
    'the till',
    '--principal',
    'Ada Lovelace',
  );
  const all = await run('list');
  expect(all).not.toContain(key);
  expect(all).toContain('key_local_alice ');
  const own = await run('list', '--tenant', 'lister');
  expect(own).toMatch(
    /^key_\w{16} {2}lister {2}wallets:read {2}Ada Lovelace {2}the till {2}\d{4}-\S+Z {2}-$/m,
  );
  await run('revoke', '--key-id', await keyIdOf('lister'));
  expect(await run('list', '--tenant', 'lister')).toMatch(/the till {2}\d{4}-\S+Z {2}\d{4}-\S+Z$/m);
});
