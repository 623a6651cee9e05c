/** The operators' requests as API Gateway hands them over, with whom the authorizer has found out. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { OpenWithdrawal, Resolution, Trace } from '../../lambdas/api/openapi/operators.ts';
import { pageOf } from '../../lambdas/api/openapi/resources.ts';
import { moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf } from '../support/books.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { at } from '../support/things.ts';
import { convertedIn, move, startWorld, type TestWorld } from '../support/world.ts';

const OpenPage = pageOf(OpenWithdrawal, 'OpenPage');
const environment = process.env;
let database: TestDatabase;
let world: TestWorld;
let handler: (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;
beforeAll(async () => {
  database = await startDatabase();
  world = await startWorld(database);
  process.env = {
    ...process.env,
    AWS_ENDPOINT_URL: database.endpoint,
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
    ...{ MONEY_TABLE: 'money', WEBHOOKS_TABLE: 'webhooks', CONTROL_TABLE: 'control' },
    ...{ LOG_LEVEL: 'CRITICAL', POWERTOOLS_METRICS_DISABLED: 'true' },
  };
  ({ handler } = await import('../../lambdas/api/resources/operators.ts'));
});
afterAll(() => {
  process.env = environment;
  database.stop();
});

const key = (keyId: string, principal: string = keyId) => ({
  ...{ keyId, principalId: keyId, tenant: 'operator', scopes: 'operations', principal },
});
const token = (subject: string | null) => ({
  ...{ keyId: 'token', principalId: subject ?? 'token', tenant: 'ops', scopes: 'operations' },
  ...(subject === null ? {} : { principal: subject }),
});
type Authorizer = Record<string, string>;

const schemaOf = (id: string | undefined, what: string | undefined) => {
  if (id === undefined) return OpenPage;
  return what === 'trace' ? Trace : Resolution;
};

async function send(method: string, path: string, authorizer: Authorizer, given: object = {}) {
  const [, id, resolution] = /withdrawals\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const { body, query } = { body: undefined, query: {}, ...given } as {
    body: unknown;
    query: Record<string, string>;
  };
  const base = '/v1/operations/withdrawals';
  const event = {
    httpMethod: method,
    resource: id === undefined ? base : `${base}/{id}/${resolution}`,
    pathParameters: id === undefined ? null : { id },
    multiValueQueryStringParameters: Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name, [value]]),
    ),
    multiValueHeaders: { 'Content-Type': ['application/json'] },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { requestId: 'the-request', authorizer },
  } as unknown as APIGatewayProxyEvent;
  const answer = await handler(event, { awsRequestId: 'request' } as Context);
  const said = JSON.parse(answer.body);
  // Whatever is answered is what the OpenAPI document says of it.
  if (answer.statusCode < 300) schemaOf(id, resolution).parse(said);
  return { status: answer.statusCode, body: said };
}
const ask = (id: string, resolution: string, by: Authorizer, body: unknown = { reason: 'Seen.' }) =>
  send('POST', `/v1/operations/withdrawals/${id}/${resolution}`, by, { body });

async function inReview(): Promise<Withdrawal> {
  const held = await world.reserved();
  const converting = await move(world.store, held, moveTo(held, 'converting', {}, at(3_000)));
  const record = { ...effectOf(converting, `tf_${held.id}`), version: 1 };
  await world.store.commit([{ change: 'record', to: record }]);
  const failure = { code: 'OUTCOME_UNKNOWN', message: 'Nobody knows.', retryable: false } as const;
  const facts = { failure, heldFrom: 'converting' } as const;
  return move(world.store, converting, moveTo(converting, 'review', facts, at(4_000)));
}

test('one proposes and hears so; what was proposed is listed; another confirms and hears what has happened', async () => {
  const { id } = await inReview();
  const proposed = await ask(id, 'refund', key('key_1', 'Ada'), { reason: 'Bank reference 7.' });
  expect(proposed).toMatchObject({
    status: 202,
    body: {
      withdrawalId: id,
      resolution: 'refund',
      status: 'PROPOSED',
      proposed: { by: 'Ada', reason: 'Bank reference 7.' },
      confirmed: null,
      withdrawal: { id, stage: 'review', tenant: 'alice' },
    },
  });
  const listed = await send('GET', '', key('key_1', 'Ada'), { query: { status: 'REVIEW' } });
  expect(listed.status).toBe(200);
  expect(listed.body.data.find((one: { id: string }) => one.id === id).proposals).toMatchObject([
    { resolution: 'refund', proposed: { by: 'Ada' } },
  ]);
  expect(await ask(id, 'refund', token('grace'), { reason: 'I agree.' })).toMatchObject({
    status: 200,
    body: {
      status: 'CONFIRMED',
      confirmed: { by: 'grace', reason: 'I agree.' },
      withdrawal: { stage: 'refunding', waitingFor: { reason: 'debit' } },
    },
  });
  const proof = { by: ['Ada', 'grace'], note: 'Ada: Bank reference 7. — grace: I agree.' };
  expect(await world.now(id)).toMatchObject({ proof });
});

test.each<[string, Authorizer, Authorizer]>([
  ['the same key', key('key_1', 'Ada'), key('key_1', 'Ada')],
  ['another key of the same person', key('key_1', 'Ada'), key('key_2', 'ada ')],
  ['a token of the same person', key('key_1', 'ada@a.example'), token('Ada@a.example')],
  ['the same token', token('ada'), token('ada')],
  ['the same key, which has no principal', key('key_1'), key('key_1')],
  ['a token that calls itself that key', key('key_1'), token('key_1')],
])('nobody confirms with %s', async (_what, first, second) => {
  const { id, version } = await inReview();
  expect(await ask(id, 'resume', first)).toMatchObject({ status: 202 });
  const answer = await ask(id, 'resume', second);
  expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  expect(answer.body.detail).toContain('Another principal has to confirm it');
  expect(await world.now(id)).toMatchObject({ stage: 'review', version });
  // Names in the body are no names of anybody.
  const named = await ask(id, 'resume', second, { reason: 'Seen.', principal: 'grace' });
  expect(named).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/principal' }] } });
});

test('a payout that cannot go is to be cancelled on the word of two', async () => {
  const converted = await convertedIn(world, {});
  const { payout, fee, id } = converted;
  const facts = { payout, fee, attempts: 1, txId: `0x${'ab'.repeat(32)}`, readFrom: 7 } as const;
  const to = moveTo(converted, 'signed', facts, at(5_000));
  const details = { raw: new Uint8Array([1]) };
  const attempt = { withdrawalId: id, number: 1, createdAt: at(5_000), details };
  await world.store.commit([
    { change: 'withdrawal', from: converted, to },
    { change: 'attempt', attempt },
  ]);
  expect(await ask(id, 'cancel-payout', key('key_1', 'Ada'))).toMatchObject({ status: 202 });
  expect(await ask(id, 'cancel-payout', key('key_2', 'Grace'))).toMatchObject({
    status: 200,
    body: { withdrawal: { stage: 'signed', status: 'RETRYING', failure: null } },
  });
  expect(await world.now(id)).toMatchObject({ ending: { code: 'PAYOUT_CANCELLED' } });
  const listed = await send('GET', '', key('key_1'), { query: { stage: 'signed' } });
  expect(listed.body.data).toMatchObject([{ id, waitingFor: { reason: 'being-cancelled' } }]);
});

test('two keys without a principal are two, each by its id', async () => {
  const { id } = await inReview();
  expect(await ask(id, 'resume', key('key_1'))).toMatchObject({ status: 202 });
  expect(await ask(id, 'resume', key('key_2'))).toMatchObject({
    status: 200,
    body: { proposed: { by: 'key_1' }, confirmed: { by: 'key_2' } },
  });
});

test('a token that names nobody neither proposes nor confirms', async () => {
  const { id } = await inReview();
  for (const round of [202, 200]) {
    const answer = await ask(id, 'resume', token(null));
    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const name = `Ada ${round}`;
    expect(await ask(id, 'resume', key('key_1', name))).toMatchObject({ status: round });
  }
});

test('without the scope nothing is seen or said', async () => {
  const { id } = await inReview();
  const alice = {
    ...key('key_alice'),
    tenant: 'alice',
    scopes: 'withdrawals:read withdrawals:write',
  };
  for (const answer of [await ask(id, 'resume', alice), await send('GET', '', alice)])
    expect(answer).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
});

test('what cannot be done is a conflict that says why, and what is not there is not found', async () => {
  const held = await world.reserved();
  const ada = key('key_1', 'Ada');
  expect(await ask(held.id, 'refund', ada)).toMatchObject({
    status: 409,
    body: { code: 'CONFLICT', detail: 'It is not in REVIEW, it is reserved.' },
  });
  const { id } = await inReview();
  await ask(id, 'resume', ada);
  await ask(id, 'resume', key('key_2', 'Grace'));
  const late = await ask(id, 'resume', key('key_3', 'Alan'));
  expect(late).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  expect(late.body.detail).toMatch(
    /^It is not in REVIEW, it is converting\. Grace has confirmed a/,
  );
  expect((await ask(id, 'cancel-payout', ada)).body.detail).toContain('it is converting');
  for (const unknown of [`wd_${'0'.repeat(26)}`, 'wd_1', `wal_${'0'.repeat(26)}`])
    expect(await ask(unknown, 'resume', ada)).toMatchObject({ status: 404 });
});

test.each([
  null,
  {},
  { reason: '' },
  { reason: '  ' },
  { reason: 7 },
  { reason: 'two\nlines' },
  { reason: 'x'.repeat(501) },
])('%j is no reason', async (body) => {
  const { id } = await inReview();
  expect(await ask(id, 'resume', key('key_1', 'Ada'), body)).toMatchObject({ status: 400 });
  expect(await world.proposals.proposals([id])).toEqual([]);
});

test('what is proposed on a withdrawal that has moved on is void', async () => {
  const from = await inReview();
  await ask(from.id, 'refund', key('key_1', 'Ada'));
  const to = { ...from, version: from.version + 1 };
  await world.store.commit([{ change: 'withdrawal', from, to }]);
  const grace = key('key_2', 'Grace');
  const answer = await ask(from.id, 'refund', grace);
  expect(answer).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
  expect(answer.body.detail).toContain('the proposal is void');
  expect(await ask(from.id, 'refund', grace)).toMatchObject({ status: 202 });
});

test.each(['colour=red', 'limit=0', 'olderThan=soon', 'stage=nowhere', 'cursor=x'])(
  'a list by %s is refused',
  async (pair) => {
    const [name = '', value = ''] = pair.split('=');
    const answer = await send('GET', '', key('key_1'), { query: { [name]: value } });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: `#/${name}` }] } });
  },
);

test('the trace of a withdrawal of any tenant is read by its id alone', async () => {
  const withdrawal = await inReview();
  const path = `/v1/operations/withdrawals/${withdrawal.id}/trace`;
  const { status, body } = await send('GET', path, key('key_1'));
  expect([status, body.source]).toEqual([200, 'timeline']);
  expect(body.spans.map(({ name }: { name: string }) => name)).toEqual([
    ...['withdrawal', 'requested', 'reserved', 'converting', 'review'],
  ]);
  const unknown = `/v1/operations/withdrawals/wd_${'0'.repeat(26)}/trace`;
  expect((await send('GET', unknown, key('key_1'))).status).toBe(404);
  expect((await send('GET', unknown.replace('wd_', 'x'), key('key_1'))).status).toBe(404);
});
