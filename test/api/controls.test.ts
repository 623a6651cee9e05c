/** Switches and the processor, as API Gateway hands their requests over. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { Processor, Switch, Switches } from '../../lambdas/api/openapi/operators.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';

const environment = process.env;
let database: TestDatabase;
let handler: (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
beforeAll(async () => {
  database = await startDatabase();
  process.env = {
    ...process.env,
    AWS_ENDPOINT_URL: database.endpoint,
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    ...{ MONEY_TABLE: 'money', WEBHOOKS_TABLE: 'webhooks', CONTROL_TABLE: 'control' },
    ...{ LOG_LEVEL: 'CRITICAL', POWERTOOLS_METRICS_DISABLED: 'true' },
  };
  ({ handler } = await import('../../lambdas/api/resources/controls.ts'));
});
afterAll(() => {
  process.env = environment;
  database.stop();
});

type Given = { name?: string; body?: unknown; principal?: string | null; scopes?: string };
async function call(method: string, resource: string, given: Given = {}) {
  const { name, body, principal = 'ann', scopes = 'operations' } = given;
  const event = {
    httpMethod: method,
    resource,
    pathParameters: name === undefined ? null : { name },
    multiValueQueryStringParameters: {},
    multiValueHeaders: { 'Content-Type': ['application/json'] },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      requestId: 'the-request',
      authorizer: {
        ...{ keyId: principal === null ? 'token' : `key_of_${principal}`, tenant: 'ops', scopes },
        ...(principal === null ? {} : { principal }),
      },
    },
  } as unknown as APIGatewayProxyEvent;
  const answer = await handler(event, { awsRequestId: 'request' } as Context);
  return { status: answer.statusCode, body: JSON.parse(answer.body) };
}
const one = '/v1/operations/switches/{name}';
const off = { on: false, reason: 'The on-ramp quotes nonsense.' };

test('a switch says who has turned it, when and why, and so do its turns of the past', async () => {
  const all = Switches.parse((await call('GET', '/v1/operations/switches')).body);
  expect(all.data.map(({ on }) => on)).toEqual([true, true, true, true, true, true]);
  const turned = await call('PUT', one, { name: 'on-ramp', body: off });
  expect(turned.status).toBe(200);
  expect(Switch.parse(turned.body)).toMatchObject({ name: 'on-ramp', ...off, by: 'ann' });
  const again = await call('PUT', one, { name: 'on-ramp', body: off });
  expect(again).toEqual(turned);
  await call('PUT', one, {
    ...{ name: 'on-ramp', body: { on: true, reason: 'Mended.' }, principal: 'bob' },
  });
  const { history } = Switches.parse((await call('GET', '/v1/operations/switches')).body);
  expect(history.map(({ name, on, by }) => [name, on, by])).toEqual([
    ['on-ramp', true, 'bob'],
    ['on-ramp', false, 'ann'],
  ]);
});

test.each<[string, Given, number, string]>([
  ['that there is not', { name: 'processor', body: off }, 404, 'NOT_FOUND'],
  ['without a reason', { name: 'sign', body: { on: false } }, 400, 'INVALID_REQUEST'],
  [
    'for an empty reason',
    { name: 'sign', body: { on: false, reason: ' ' } },
    400,
    'INVALID_REQUEST',
  ],
  ['with a word for on', { name: 'sign', body: { ...off, on: 'no' } }, 400, 'INVALID_REQUEST'],
  ['by a name in the body', { name: 'sign', body: { ...off, by: 'eve' } }, 400, 'INVALID_REQUEST'],
  ['by nobody', { name: 'sign', body: off, principal: null }, 403, 'FORBIDDEN'],
  ['by a client', { name: 'sign', body: off, scopes: 'withdrawals:write' }, 403, 'FORBIDDEN'],
])('a switch %s is not turned', async (_what, given, status, code) => {
  expect(await call('PUT', one, given)).toMatchObject({ status, body: { code } });
  const { data } = Switches.parse((await call('GET', '/v1/operations/switches')).body);
  expect(data.every(({ on }) => on)).toBe(true);
});

test('the processor is stopped and started, once or more, with a reason or without', async () => {
  const state = async () => Processor.parse((await call('GET', '/v1/processor')).body);
  expect(await state()).toEqual({ state: 'RUNNING', by: null, reason: null, at: null });
  const stopped = await call('POST', '/v1/processor/stop', { body: { reason: 'Keys leaked.' } });
  expect(stopped).toMatchObject({
    status: 200,
    body: { state: 'STOPPED', reason: 'Keys leaked.' },
  });
  expect(await call('POST', '/v1/processor/stop', { principal: 'bob' })).toEqual(stopped);
  expect(await state()).toEqual(stopped.body);
  expect((await call('POST', '/v1/processor/start', { principal: null })).status).toBe(403);
  await call('POST', '/v1/processor/start', { body: {}, principal: 'bob' });
  expect(await state()).toMatchObject({ state: 'RUNNING', by: 'bob' });
});
