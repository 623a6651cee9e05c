import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { dueVirtualAccounts } from '../../lambdas/adapters/due/accounts.ts';
import { dueOnRamp } from '../../lambdas/adapters/due/on-ramp.ts';
import type { OnRamp, VirtualAccounts } from '../../lambdas/core/on-ramp/provider.ts';
import { treasury } from '../support/chain.ts';
import { at, minorOf } from '../support/things.ts';

type Answer = { status: number; body: string } | 'hang-up';
type Seen = { method: string; url: string; headers: Record<string, unknown>; body: string };

let server: Server;
let onRamp: OnRamp;
let accounts: VirtualAccounts;
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
  const baseUrl = `http://127.0.0.1:${port}`;
  const config = { baseUrl, apiKey: 'key', accountId: 'acct_1', treasury };
  onRamp = dueOnRamp(config);
  accounts = dueVirtualAccounts(config);
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

test('a transfer that a deposit made says into which account', async () => {
  const deposit = { ...transfer().source, virtualAccountId: 'va_1' };
  answer = () => json(200, transfer({ source: deposit }));
  expect(await onRamp.status('tf_1')).toMatchObject({ value: { accountId: 'va_1' } });
  answer = () => json(200, transfer());
  expect(await onRamp.status('tf_1')).toMatchObject({ value: { accountId: null } });
});

test.each([
  ['ach', 'ach'],
  ['wire', 'wire'],
  ['virtual-account', 'wire'],
] as const)('dollars that are paid in by %s come by the rail %s', async (payIn, rail) => {
  await onRamp.quote('base', minorOf(10_000n), payIn);
  expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ source: { rail } });
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
  expect(await onRamp.quote('base', minorOf(10_000n), 'wire')).toEqual({
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
    source: { rail: 'wire', currency: 'USD', amount: '100.00' },
    destination: { rail: 'base', currency: 'USDC', amount: '0' },
  });
});

// biome-ignore format: columns are the point
test.each<[string, Answer, object]>([
  ['a transfer',                      json(200, transfer()),                                             { outcome: 'APPLIED', value: { id: 'tf_1', state: 'awaiting-funds', payout: 99_500_000n, fee: 50n } }],
  ['a documented refusal, one shape', json(400, { error_code: 'err_recipient_not_found', message: '' }), { outcome: 'NOT_APPLIED', code: 'err_recipient_not_found' }],
  ['a documented refusal, the other', json(422, { statusCode: 422, code: 'err_validation' }),            { outcome: 'NOT_APPLIED', code: 'err_validation' }],
  ['a 4xx in nobody\'s words',        { status: 404, body: '<html>' },                                   { outcome: 'UNKNOWN' }],
  ['a verdict of compliance',         json(403, { error_code: 'err_aml_risk_score_hit' }),               { outcome: 'NOT_APPLIED', code: 'err_aml_risk_score_hit' }],
  ['a 403 of somebody else',          json(403, { error_code: 'err_forbidden' }),                        { outcome: 'UNKNOWN' }],
  ['our account switched off',        json(422, { error_code: 'err_platform_deactivated' }),             { outcome: 'UNKNOWN' }],
  ['a transfer to somebody else',     json(200, transfer({ destination: { amount: '99.50', id: 'wlt_2' } })), { outcome: 'UNKNOWN' }],
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
  ['awaiting_funds', 'awaiting-funds'],
  ['funds_received', 'pending'],
  ['approved', 'pending'],
  ['payment_submitted', 'pending'],
  ['payment_processed', 'paid'],
  ['manual_review', 'held'],
  ['action_required', 'held'],
  ['refund_submitted', 'returning'],
  ['refund_processed', 'returned'],
  ['canceled', 'returned'],
  ['failed', 'failed'],
  ['a status of next year', 'unknown'],
])('a transfer that is %s is %s', async (status, state) => {
  answer = () => json(200, transfer({ status }));
  expect(await onRamp.status('tf_1')).toMatchObject({ ok: true, value: { state } });
});

const bank = {
  schema: 'bank_us',
  bankName: 'Bank',
  accountName: 'Due',
  accountNumber: '0001',
  routingNumber: '021000021',
};

test('a transfer says where its dollars are to go, and under which memo, until they came', async () => {
  const transferInstructions = { kind: 'details', details: bank, memo: 'REF-1' };
  const { schema: _, ...payIn } = { ...bank, memo: 'REF-1' };
  answer = () => json(200, transfer({ transferInstructions }));
  expect(await onRamp.status('tf_1')).toMatchObject({ value: { payIn } });
  const wire = { ...bank, routingNumberWire: '021000022' };
  answer = () =>
    json(200, transfer({ transferInstructions: { ...transferInstructions, details: wire } }));
  expect(await onRamp.status('tf_1')).toMatchObject({
    value: { payIn: { ...payIn, routingNumber: '021000022' } },
  });
  answer = () => json(200, transfer({ transferInstructions, status: 'funds_received' }));
  expect(await onRamp.status('tf_1')).toMatchObject({ value: { payIn: null } });
  answer = () => json(200, transfer({ transferInstructions: { type: 'TransferIntent' } }));
  expect(await onRamp.status('tf_1')).toMatchObject({ ok: true, value: { payIn: null } });
});

test('what came back is what the provider says that it is, and nothing when it says nothing', async () => {
  const breakdown = [{ leg: 'source', component: 'refund', currency: 'USD', amount: '99.00' }];
  answer = () => json(200, transfer({ status: 'refund_processed', breakdown }));
  expect(await onRamp.status('tf_1')).toMatchObject({ value: { returned: 9_900n } });
  answer = () => json(200, transfer({ status: 'refund_submitted', breakdown }));
  expect(await onRamp.status('tf_1')).toMatchObject({ value: { returned: null } });
  answer = () => json(200, transfer({ status: 'canceled' }));
  expect(await onRamp.status('tf_1')).toMatchObject({
    value: { state: 'returned', returned: null },
  });
});

test('the payment is named with its log once it is on chain', async () => {
  const hash = `0x${'ab'.repeat(32)}`;
  const confirmation = { kind: 'transaction_hash', network: 'base', hash, eventIdx: 12 };
  const destination = {
    amount: '99.50',
    rail: 'base',
    id: 'wlt_1',
    details: { schema: 'evm', address: treasury },
    confirmation,
  };
  answer = () => json(200, transfer({ status: 'payment_processed', destination }));
  expect(await onRamp.status('tf_1')).toMatchObject({
    value: { rail: 'base', address: treasury, confirmation: { txHash: hash, logIndex: 12 } },
  });
});

test('an answer about another transfer than was asked for is none', async () => {
  answer = () => json(200, transfer({ id: 'tf_2', status: 'payment_processed' }));
  expect(await onRamp.status('tf_1')).toMatchObject({ ok: false, refused: false });
});

// biome-ignore format: columns are the point
test.each<[string, Answer, boolean]>([
  ['in its own words',      json(400, { error_code: 'err_quote_limit_exceeded' }), true],
  ['by something between',  { status: 404, body: '<html>' },                       false],
  ['because of our key',    json(401, { error_code: 'err_signin_invalid_credentials' }), false],
  ['because of our papers', json(400, { error_code: 'err_kyc_not_passed' }),       false],
])('a quote that is refused %s', async (_name, reply, refused) => {
  answer = () => reply;
  expect(await onRamp.quote('base', minorOf(10_000n), 'ach')).toMatchObject({ ok: false, refused });
});

const reference = `drawbridge-base-${treasury.toLowerCase()}`;
const linked = json(200, [{ id: 'wlt_7', address: `evm:${treasury}` }]);
/** Makes Due answer for virtual accounts: `there` is the list at the time, `make` answers a POST. */
const accountsAre = (there: () => object[], make: () => Answer) => {
  answer = ({ method, url }) => {
    if (url === '/v1/wallets') return linked;
    return method === 'GET' ? json(200, there()) : make();
  };
};
const made = () => seen.filter(({ method }) => method === 'POST');

test('a virtual account is made when there is none, and has no bank details at first', async () => {
  const made_ = { id: 'va_1', destinationId: 'wlt_7', nonce: reference, isActive: true };
  accountsAre(
    () => [],
    () => json(200, { ...made_, details: null }),
  );
  expect(await accounts.ensure('base')).toEqual({
    ok: true,
    value: { id: 'va_1', active: true, payIn: null },
  });
  expect(JSON.parse(made()[0]?.body ?? '')).toEqual({
    destination: 'wlt_7',
    schemaIn: 'bank_us',
    currencyIn: 'USD',
    railOut: 'base',
    currencyOut: 'USDC',
    reference,
  });
  expect(seen[1]?.url).toContain('destination=wlt_7');
});

test.each([{ reference }, { nonce: reference }, { key: reference }])(
  'a virtual account that is there is found by its reference, with its details: %j',
  async (name) => {
    const ours = { id: 'va_1', ...name, details: bank, memo: '', isActive: false };
    accountsAre(
      () => [{ id: 'va_0', reference: 'other', details: bank }, ours],
      () => json(500, {}),
    );
    const { schema: _, ...payIn } = { ...bank, memo: null };
    expect(await accounts.ensure('base')).toEqual({
      ok: true,
      value: { id: 'va_1', active: false, payIn },
    });
    expect(made()).toEqual([]);
  },
);

test('it is asked for until it can be paid into, and then no more', async () => {
  const there: object = { id: 'va_1', reference, details: null };
  accountsAre(
    () => [there],
    () => json(500, {}),
  );
  const lists = () => seen.filter(({ url }) => url.includes('/virtual_accounts/list')).length;
  await Promise.all([accounts.ensure('base'), accounts.ensure('base')]);
  expect(lists()).toBe(1);
  Object.assign(there, { details: bank, isActive: false });
  expect(await accounts.ensure('base')).toMatchObject({ value: { active: false } });
  Object.assign(there, { isActive: true });
  expect(await accounts.ensure('base')).toMatchObject({ value: { active: true } });
  expect(await accounts.ensure('base')).toMatchObject({ value: { active: true } });
  expect(lists()).toBe(3);
  await accounts.ensure('ethereum');
  expect(lists()).toBeGreaterThan(3);
});

test.each<[string, Answer]>([
  ['refused', json(409, { error_code: 'err_validation' })],
  ['lost', 'hang-up'],
])('a virtual account whose making was %s is looked for again', async (_name, reply) => {
  const there: object[] = [];
  accountsAre(
    () => there,
    () => {
      there.push({ id: 'va_1', reference, details: null });
      return reply;
    },
  );
  expect(await accounts.ensure('base')).toMatchObject({ ok: true, value: { id: 'va_1' } });
  expect(made()).toHaveLength(1);
});

test('a virtual account that was neither made nor found is no answer', async () => {
  accountsAre(
    () => [],
    () => json(400, { error_code: 'err_endorsement_required' }),
  );
  expect(await accounts.ensure('base')).toEqual({
    ok: false,
    refused: false,
    why: '400 err_endorsement_required',
  });
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
            transfer({ id: 'tf_1' }), // Pages may overlap.
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
