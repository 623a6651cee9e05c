/** Each request is published by route and status, and by nothing that a client sends. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { operationNames, operations } from '../../lambdas/api/operations.ts';

process.env['AWS_REGION'] = 'us-east-1';
const { httpHandler } = await import('../../lambdas/api/http.ts');
const { logger, metrics, publish } = await import('../../lambdas/boot/observe.ts');

beforeEach(() => {
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

type Emf = {
  _aws: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
} & Record<string, unknown>;

async function published(event: object, handle: Parameters<typeof httpHandler>[0]): Promise<Emf[]> {
  const lines: string[] = [];
  // Powertools has a console of its own.
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  await httpHandler(handle)(
    { requestContext: { requestId: 'r' }, ...event } as APIGatewayProxyEvent,
    {} as Context,
  );
  jest.mocked(process.stdout.write).mockRestore();
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Emf);
}

test('a request is counted and timed under its route and status, in the line of what it used', async () => {
  const event = {
    httpMethod: 'GET',
    resource: '/v1/wallets/{walletId}',
    path: '/v1/wallets/wal_secret',
  };
  const [line, another] = await published(event, async () => ({ status: 200, body: {} }));
  expect(another).toBeUndefined();
  expect(line).toMatchObject({ route: 'GET /v1/wallets/{walletId}', status: '200', requests: 1 });
  const used = ['awsCalls', 'writeUnits', 'readUnits', 'runMs'];
  expect(line).toMatchObject(Object.fromEntries(used.map((name) => [name, expect.any(Number)])));
  expect(line?._aws.CloudWatchMetrics).toMatchObject([
    { Dimensions: [['service']], Metrics: used.map((Name) => ({ Name })) },
    {
      Dimensions: [['service', 'route', 'status']],
      Metrics: [{ Name: 'requests' }, { Name: 'request-ms' }],
    },
  ]);
  expect(JSON.stringify(line)).not.toContain('wal_secret');
});

test.each([
  ['what fails', 'POST', async () => Promise.reject(new Error('x')), 'POST /v1/wallets', '503'],
  [
    'a method that nobody knows',
    'GUESS',
    async () => ({ status: 200, body: {} }),
    'OTHER /v1/wallets',
    '200',
  ],
])('%s is counted, too', async (_what, httpMethod, handle, route, status) => {
  const lines = await published({ httpMethod, resource: '/v1/wallets' }, handle);
  expect(lines).toMatchObject([{ route, status, requests: 1 }]);
});

test('what is measured without a request has no route, also after one', async () => {
  await published({ httpMethod: 'GET', resource: '/v1/wallets' }, async () => {
    return { status: 200, body: {} };
  });
  publish([{ name: 'a-metric', unit: 'Count', value: 1 }]);
  const line = metrics.serializeMetrics();
  metrics.clearMetrics();
  expect(line).toMatchObject({ 'a-metric': 1 });
  expect(line).not.toHaveProperty('route');
  expect(line._aws.CloudWatchMetrics).toHaveLength(1);
});

test('there are as many routes as there are operations', () => {
  const routes = new Set(
    operationNames.map((name) => `${operations[name].method} ${operations[name].path}`),
  );
  // Each is a metric that is paid for, for each status that it was ever answered with.
  expect(routes.size).toBeLessThan(100);
});
