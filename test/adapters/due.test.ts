import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { dueOnRamp } from '../../lambdas/adapters/due.ts';
import type { OnRamp } from '../../lambdas/core/ports.ts';
import { treasury } from '../support/chain.ts';
import { at, minorOf } from '../support/things.ts';

type Answer = { status: number; body: string } | 'hang-up';
type Seen = { method: string; url: string; headers: Record<string, unknown>; body: string };

let server: Server;
let onRamp: OnRamp;
let answer: (seen: Seen) => Answer;
let seen: Seen[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
      };
      seen.push(one);
      const reply = answer(one);
      if (reply === 'hang-up') request.socket.destroy();
      else response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  onRamp = dueOnRamp({
    baseUrl: `http://127.0.0.1:${port}`,
    apiKey: 'key',
    accountId: 'acct_1',
    treasury,
  });
});

const json = (status: number, body: unknown): Answer => ({ status, body: JSON.stringify(body) });
const transfer = (given: object = {}) => ({
  id: 'tf_1',
  ownerId: 'acct_1',
  status: 'awaiting_funds',
  source: { amount: '100.00', fee: '0.50', currency: 'USD', rail: 'ach' },
  destination: { amount: '99.500000', fee: '0.00', currency: 'USDC', rail: 'base', id: 'wlt_1' },
  createdAt: '2025-10-02T16:40:31.951762984Z',
  ...given,
});

test('every call carries the key and the account', async () => {
  answer = () => json(200, transfer());
  await onRamp.status('tf_1');
  expect(seen[0]?.headers).toMatchObject({
    authorization: 'Bearer key',
    'due-account-id': 'acct_1',
  });
});

test('a quote is asked for in dollars and cents, and read to the millionth', async () => {
  answer = () =>
    json(200, {
      token: 'eyJ',
      source: { rail: 'ach', currency: 'USD', amount: '100.00', fee: '0.50' },
      destination: { rail: 'base', currency: 'USDC', amount: '99.50', fee: '0.00' },
      fxRate: 1.0,
      expiresAt: '2024-03-15T10:32:15Z',
    });
  expect(await onRamp.quote('base', minorOf(10_000n))).toEqual({
    ok: true,
    value: {
      token: 'eyJ',
      source: 10_000n,
      payout: 99_500_000n,
      fee: 50n,
      expiresAt: Date.parse('2024-03-15T10:32:15Z'),
    },
  });
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
    source: { rail: 'ach', currency: 'USD', amount: '100.00' },
    destination: { rail: 'base', currency: 'USDC', amount: '0' },
  });
});

// biome-ignore format: columns are the point
test.each<[string, Answer, object]>([
  ['a transfer',                      json(200, transfer()),                                             { outcome: 'APPLIED', value: { id: 'tf_1', state: 'pending', payout: 99_500_000n, fee: 50n } }],
  ['a documented refusal, one shape', json(400, { error_code: 'err_recipient_not_found', message: '' }), { outcome: 'NOT_APPLIED', code: 'err_recipient_not_found' }],
  ['a documented refusal, the other', json(422, { statusCode: 422, code: 'err_validation' }),            { outcome: 'NOT_APPLIED', code: 'err_validation' }],
  ['a 4xx in nobody\'s words',        { status: 404, body: '<html>' },                                   { outcome: 'UNKNOWN' }],
  ['our own key refused',             json(401, { code: 'err_unauthorized' }),                           { outcome: 'UNKNOWN' }],
  ['too many requests',               json(429, { code: 'err_rate_limit' }),                             { outcome: 'UNKNOWN' }],
  ['a server error',                  json(500, { code: 'err_internal' }),                               { outcome: 'UNKNOWN' }],
  ['a redirect',                      json(302, {}),                                                     { outcome: 'UNKNOWN' }],
  ['success in another shape',        json(200, { ok: true }),                                           { outcome: 'UNKNOWN' }],
  ['success that is cut off',         { status: 200, body: '{"id":"tf_' },                               { outcome: 'UNKNOWN' }],
  ['no answer',                       'hang-up',                                                         { outcome: 'UNKNOWN' }],
])('asking for a transfer, %s', async (_name, reply, want) => {
  answer = () => reply;
  expect(await onRamp.transfer('token', 'wlt_1')).toMatchObject(want);
  expect(seen).toHaveLength(1); // One attempt, whatever happens.
});

test.each([
  ['payment_processed', 'paid'],
  ['manual_review', 'held'],
  ['refund_processed', 'returned'],
  ['canceled', 'returned'],
  ['failed', 'failed'],
  ['a status of next year', 'held'],
])('a transfer that is %s is %s', async (status, state) => {
  answer = () => json(200, transfer({ status }));
  expect(await onRamp.status('tf_1')).toMatchObject({ ok: true, value: { state } });
});

test('the treasury is linked once, and found when it is linked already', async () => {
  let linked: object[] = [];
  answer = ({ method }) => {
    if (method === 'GET') return json(200, linked);
    linked = [{ id: 'wlt_7', address: `evm:${treasury.toLowerCase()}` }];
    return json(200, linked[0]);
  };
  expect(await onRamp.recipient('base')).toEqual({ ok: true, value: 'wlt_7' });
  expect(await onRamp.recipient('ethereum')).toEqual({ ok: true, value: 'wlt_7' });
  expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
});

test('all pages of transfers are read, and only the window is kept', async () => {
  answer = ({ url }) =>
    url.includes('next=')
      ? json(200, {
          items: [
            transfer({ id: 'tf_2' }),
            transfer({ id: 'tf_old', createdAt: '2020-01-01T00:00:00Z' }),
          ],
          next: '',
        })
      : json(200, { items: [transfer()], next: 'more' });
  const found = await onRamp.transfersBetween(
    at(Date.parse('2025-10-02T16:00:00Z')),
    at(Date.parse('2025-10-02T17:00:00Z')),
  );
  expect(found).toMatchObject({
    ok: true,
    value: [{ id: 'tf_1', recipientId: 'wlt_1' }, { id: 'tf_2' }],
  });
});
