import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { APIGatewayAuthorizerResult, Context } from 'aws-lambda';
import type { JWTPayload } from 'jose';
import { keyRegister } from '../../lambdas/adapters/dynamo/key-register.ts';
import { createKey } from '../../lambdas/api/access/keys.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { audience, type Issuer, startIssuer } from '../support/issuer.ts';

type Authorize = (authorizationToken: string, path?: string) => Promise<APIGatewayAuthorizerResult>;
const stage = 'arn:aws:execute-api:us-east-1:000000000000:api/prod';

let database: TestDatabase;
let issuer: Issuer;
let authorize: Authorize;
let keysOnly: Authorize;
let key: string;

/** Loads the authorizer anew with this environment, as a new function would. */
async function load(environment: Record<string, string>): Promise<Authorize> {
  process.env = { ...process.env, ...environment };
  jest.resetModules();
  const { handler } = await import('../../lambdas/api/access/authorizer.ts');
  return (authorizationToken, path = '/GET/v1/wallets') =>
    handler({ type: 'TOKEN', authorizationToken, methodArn: `${stage}${path}` }, {
      awsRequestId: 'request',
    } as Context);
}

const environment = process.env;
beforeAll(async () => {
  [database, issuer] = await Promise.all([startDatabase(), startIssuer()]);
  const world = {
    register: keyRegister(database.client, 'control'),
    usagePlan: { add: async () => {}, remove: async () => {} },
    now: () => 1,
    random: randomBytes,
  };
  key = (
    await createKey(world, {
      tenant: 'acme',
      scopes: ['wallets:read'],
      name: null,
      principal: null,
    })
  ).key;
  keysOnly = await load({
    AWS_ENDPOINT_URL: database.endpoint,
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    ...{ MONEY_TABLE: 'money', WEBHOOKS_TABLE: 'webhooks', CONTROL_TABLE: 'control' },
    ...{ LOG_LEVEL: 'CRITICAL', POWERTOOLS_METRICS_DISABLED: 'true' },
  });
  const oidc = { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: audience };
  authorize = await load({ ...oidc, TOKEN_USAGE_KEY: 'the-usage-key-of-tokens' });
});
afterAll(() => {
  process.env = environment;
  issuer.stop();
  database.stop();
});

test('the answer says who is asking, for every route alike, and is counted by a key that is not the bearer key', async () => {
  const reading = await keysOnly(`Bearer ${key}`, '/GET/v1/wallets');
  expect(reading).toEqual({
    principalId: expect.stringMatching(/^key_/),
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${stage}/*` }],
    },
    context: {
      tenant: 'acme',
      scopes: 'wallets:read',
      keyId: reading.principalId,
      principal: reading.principalId,
    },
    usageIdentifierKey: expect.stringMatching(/^[\w-]{20,128}$/),
  });
  expect(JSON.stringify(reading)).not.toContain(key.slice('dk_'.length));
  expect(await keysOnly(`bearer ${key}`, '/POST/v1/withdrawals')).toEqual(reading);
});

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Basic abc',
  'Bearer dk_unknown',
  'Bearer two words',
  `Bearer ${'x'.repeat(201)}`,
  'Bearer schlüssel',
])('"%s" is nobody', async (text) => {
  await expect(authorize(text)).rejects.toThrow(/^Unauthorized$/);
  await expect(keysOnly(text)).rejects.toThrow(/^Unauthorized$/);
});

test('a token says tenant and scopes; scopes that we do not know are dropped', async () => {
  const scope = 'wallets:read openid withdrawals:* operations2';
  const token = await issuer.token({ scope, tenant: 'acme' });
  expect(await authorize(`Bearer ${token}`)).toMatchObject({
    principalId: 'someone',
    context: { tenant: 'acme', scopes: 'wallets:read', keyId: 'token', principal: 'someone' },
    usageIdentifierKey: 'the-usage-key-of-tokens',
  });
});

test('a key says whose it is, and a token that names nobody says so', async () => {
  const world = {
    register: keyRegister(database.client, 'control'),
    usagePlan: { add: async () => {}, remove: async () => {} },
    now: () => 1,
    random: randomBytes,
  };
  const request = { tenant: 'acme', scopes: ['operations'], name: null, principal: 'Ada' };
  const [one, other] = [await createKey(world, request), await createKey(world, request)];
  for (const hers of [one, other])
    expect(await keysOnly(`Bearer ${hers.key}`)).toMatchObject({
      context: { keyId: hers.keyId, principal: 'Ada' },
    });
  const claims: JWTPayload = { tenant: 'acme', sub: undefined as unknown as string };
  const nobody = await authorize(`Bearer ${await issuer.token(claims)}`);
  expect(nobody.context).not.toHaveProperty('principal');
});

test.each([undefined, '', 'a b', 'a#b', 'x'.repeat(65), 7])(
  'a token of the tenant %j is nobody',
  async (tenant) => {
    const token = await issuer.token({ tenant });
    await expect(authorize(`Bearer ${token}`)).rejects.toThrow(/^Unauthorized$/);
  },
);

test('without an issuer a token is nobody', async () => {
  await expect(keysOnly(`Bearer ${await issuer.token()}`)).rejects.toThrow(/^Unauthorized$/);
});

test('a database that does not answer is no 401', async () => {
  const unreachable = await load({
    AWS_ENDPOINT_URL: issuer.url,
    AWS_MAX_ATTEMPTS: '1',
    OIDC_ISSUER: '',
  });
  issuer.break(true);
  await expect(unreachable(`Bearer ${key}`)).rejects.not.toThrow(/^Unauthorized$/);
});
