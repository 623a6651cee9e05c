/** The real template limits rates, with functions that are answered here and a clock that stands still. */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeApp } from '../../lib/app.ts';
import { httpFront } from '../../local/gateway/http-front.ts';
import { stageThrottleFrom } from '../../local/gateway/stage-throttle.ts';
import { openUsagePlans, type UsagePlans } from '../../local/gateway/usage-plans.ts';
import { type EarlyServer, listenEarly } from '../../local/host/servers.ts';
import type { Invoke } from '../../local/lambda/invocation.ts';
import { makeResolver, type Resolver } from '../../local/template/intrinsics.ts';
import { readAssembly } from '../../local/template/template.ts';
import { removeDir, tempDir } from './fixture.ts';

const directory = tempDir();
const rate = { RATE_LIMIT_PER_SECOND: '2', RATE_LIMIT_BURST: '3' };
const oidc = { OIDC_ISSUER: 'https://login.example', OIDC_AUDIENCE: 'drawbridge' };
let resolver: Resolver;
let server: EarlyServer;
let plans: UsagePlans;
let now = 0;
const file = (...names: string[]): string => path.join(directory, ...names);

const requestId = 'request';
/** The token says which key it is counted by: `Bearer <usage key>`. */
const invoke: Invoke = async (name, payload) => {
  const { authorizationToken, methodArn } = JSON.parse(payload);
  if (name !== 'drawbridge-authorizer')
    return { requestId, ok: true, payload: '{"statusCode":200}' };
  const Resource = `${methodArn.split('/').slice(0, 2).join('/')}/*`;
  const usageIdentifierKey = authorizationToken.slice('Bearer '.length);
  return {
    requestId,
    ok: true,
    payload: JSON.stringify({
      principalId: 'someone',
      policyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource }] },
      ...(usageIdentifierKey !== 'none' && { usageIdentifierKey }),
    }),
  };
};

beforeAll(async () => {
  const outdir = file('cdk.out');
  makeApp({ outdir, context: { ...rate, ...oidc }, bundle: false, check: false }).synth();
  const { template, stackName } = readAssembly(outdir);
  resolver = makeResolver({ template, stackName, awsEndpoint: 'http://local' });
  plans = openUsagePlans(resolver, { file }, () => now);
  for (const name of ['one', 'another', 'restarted'])
    plans.ensure(name, `usage-key-of-${name}-key`, 'drawbridge-control');
  server = await listenEarly(0, 'PORT');
  server.serve(
    httpFront(resolver, invoke, plans, { stageThrottle: stageThrottleFrom(resolver, () => now) }),
  );
});
afterAll(async () => {
  await server.close(0);
  removeDir(directory);
});

const walletPath = `/v1/wallets/wal_${'0'.repeat(26)}`;
const ask = (key: string, headers: Record<string, string> = {}) =>
  fetch(server.url + walletPath, { headers: { authorization: `Bearer ${key}`, ...headers } });
const statuses = async (key: string, count: number): Promise<number[]> => {
  const answers: number[] = [];
  for (let asked = 0; asked < count; asked += 1) answers.push((await ask(key)).status);
  return answers;
};

test('a key over its rate is told when to come back, and another key is served', async () => {
  expect(await statuses('usage-key-of-one-key', 3)).toEqual([200, 200, 200]);
  const response = await ask('usage-key-of-one-key');
  expect(response.status).toBe(429);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/problem+json',
    'retry-after': '1',
    'ratelimit-policy': '"default";q=2;w=1',
    ratelimit: '"default";r=0;t=1',
    'x-amzn-errortype': 'TooManyRequestsException',
  });
  expect(await response.json()).toEqual({
    type: 'urn:drawbridge:error:RATE_LIMITED',
    title: 'Too many requests',
    status: 429,
    detail: expect.any(String),
    code: 'RATE_LIMITED',
    requestId: response.headers.get('x-amzn-requestid'),
  });
  expect(await statuses('usage-key-of-another-key', 1)).toEqual([200]);

  now += 1_000;
  expect(await statuses('usage-key-of-one-key', 3)).toEqual([200, 200, 429]);
  // A bucket holds no more than its burst.
  now += 3_600_000;
  expect(await statuses('usage-key-of-one-key', 4)).toEqual([200, 200, 200, 429]);
});

test.each(['usage-key-of-nobody', 'none'])('a request counted by "%s" is a 401', async (key) => {
  // The client's own X-API-Key does not count.
  const response = await ask(key, { 'x-api-key': 'usage-key-of-another-key' });
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  expect(await response.json()).toMatchObject({ code: 'UNAUTHORIZED' });
});

test('what needs no key is not counted', async () => {
  for (let asked = 0; asked < 10; asked += 1)
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

test('callers with a token have a key of their own, from the template', async () => {
  const tokens = plans.keys().find(({ name }) => name === 'drawbridge-tokens');
  expect(await statuses(tokens?.value ?? '', 4)).toEqual([200, 200, 200, 429]);
});

test('keys are there after a restart, each with a full bucket', async () => {
  const again = openUsagePlans(resolver, { file }, () => now);
  expect(again.keys().map(({ name }) => name)).toEqual(plans.keys().map(({ name }) => name));
  expect(again.admit('usage-key-of-restarted-key', 'prod')).toBe('ADMITTED');
  expect(again.admit('usage-key-of-restarted-key', 'another stage')).toBe('INVALID_API_KEY');
});

test('the stage bears so much per method, whoever asks', () => {
  const stage = {
    Type: 'AWS::ApiGateway::Stage',
    Properties: {
      MethodSettings: [
        {
          ...{ HttpMethod: '*', ResourcePath: '/*' },
          ...{ ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 },
        },
      ],
    },
  };
  const small = makeResolver({
    ...{ template: { Resources: { stage } }, stackName: 'Test', awsEndpoint: 'http://local' },
  });
  const admits = stageThrottleFrom(small, () => now);
  expect(['GET /a', 'GET /a', 'GET /a', 'GET /b'].map(admits)).toEqual([true, true, false, true]);
  now += 1_000;
  expect(admits('GET /a')).toBe(true);
});
