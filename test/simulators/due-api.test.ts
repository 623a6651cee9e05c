/** The simulator answers as Due documents it (due.readme.io), also where that helps no client. */

import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, test } from '@jest/globals';
import { treasury } from '../../local/chains/dev-accounts.ts';
import { shared } from '../support/shared.ts';
import {
  ask,
  control,
  convert,
  link,
  nowhere,
  quoteFor,
  read,
  startDue,
  type TransferBody,
} from './due-client.ts';

const chains = { ethereum: nowhere, base: nowhere };
// Nothing is funded here, so nothing is paid and no chain is asked.
const due = shared(() => startDue({ chains, autoFund: false }));
let wallet: string;

beforeAll(async () => {
  wallet = await link(due, treasury.address);
});

const firstEnvelope = (http_code: number, error_code: string) => ({
  error_code,
  http_code,
  message: expect.any(String),
});
const secondEnvelope = (...fields: string[]) => ({
  statusCode: 422,
  code: 'err_validation',
  message: 'Validation error',
  details: Object.fromEntries(fields.map((field) => [field, expect.any(String)])),
});

test.each<[string, Record<string, string>, number, object]>([
  [
    'a wrong key',
    { authorization: 'Bearer x' },
    401,
    firstEnvelope(401, 'err_signin_invalid_credentials'),
  ],
  [
    'another account',
    { 'due-account-id': 'acct_x' },
    401,
    firstEnvelope(401, 'err_signin_invalid_credentials'),
  ],
])('a call with %s is refused', async (_, headers, status, body) => {
  expect(await ask(due, 'GET', '/v1/wallets', undefined, headers)).toEqual({ status, body });
});

test('a call without an account is refused', async () => {
  const headers = { authorization: `Bearer ${due.apiKey}` };
  const response = await fetch(`${due.baseUrl}/v1/wallets`, { headers });
  expect(response.status).toBe(422);
  expect(await response.json()).toEqual(secondEnvelope('Due-Account-Id'));
});

test('a wallet is linked once, with the scheme or without', async () => {
  const again = await ask(due, 'POST', '/v1/wallets', { address: treasury.address.toLowerCase() });
  expect(again).toEqual({
    status: 200,
    body: { id: wallet, address: `evm:${treasury.address}`, preferences: {} },
  });
  expect((await ask(due, 'GET', '/v1/wallets')).body).toEqual([again.body]);
  const wrong = await ask(due, 'POST', '/v1/wallets', { address: 'evm:0x12' });
  expect(wrong).toEqual({ status: 400, body: firstEnvelope(400, 'err_wallet_invalid_address') });
});

test('it lists a channel for each rail', async () => {
  const { body } = await ask(due, 'GET', '/v1/channels');
  const channels = body['channels'] as Record<string, unknown>[];
  expect(channels.map(({ type, rail, currencyCode }) => [type, rail, currencyCode])).toEqual([
    ['deposit', 'ach', 'USD'],
    ['deposit', 'wire', 'USD'],
    ['static_deposit', 'ach', 'USD'],
    ['withdrawal', 'ethereum', 'USDC'],
    ['withdrawal', 'base', 'USDC'],
  ]);
});

test.each([
  ['100.00', '0', '100.00', '99.50'],
  ['1.00', '0', '1.00', '0.50'],
  ['0', '99.50', '100.00', '99.50'],
  ['20.01', '5.00', '20.01', '19.51'],
])('a quote for %s in or %s out is %s for %s', async (amountIn, amountOut, source, destination) => {
  const request = quoteFor(amountIn);
  request.destination.amount = amountOut;
  const asked = Date.now();
  const { status, body } = await ask(due, 'POST', '/v1/transfers/quote', request);
  expect(status).toBe(200);
  expect(body).toEqual({
    token: expect.stringMatching(/^eyJ/),
    source: {
      rail: 'ach',
      currency: 'USD',
      amount: source,
      fee: '0.50',
      applicationFee: '0',
      totalFee: '0.50',
    },
    destination: { rail: 'ethereum', currency: 'USDC', amount: destination, fee: '0.00' },
    fxRate: 1,
    fxMarkup: 0,
    expiresAt: expect.stringMatching(/\.\d{9}Z$/),
  });
  const lifetime = Date.parse(String(body['expiresAt'])) - asked;
  expect(Math.round(lifetime / 60_000)).toBe(2);
});

test.each<[string, object, number, object]>([
  ['no amount', quoteFor('0'), 400, firstEnvelope(400, 'err_quote_no_amount')],
  ['too little', quoteFor('0.99'), 400, firstEnvelope(400, 'err_quote_limit_below_minimum')],
  ['too much', quoteFor('10000000.01'), 400, firstEnvelope(400, 'err_quote_limit_exceeded')],
  [
    'an unknown rail',
    quoteFor('5.00', 'bitcoin'),
    400,
    firstEnvelope(400, 'err_channel_not_found'),
  ],
  ['half a cent', quoteFor('5.005'), 422, secondEnvelope('source.amount')],
  ['nothing', {}, 400, firstEnvelope(400, 'err_channel_not_found')],
])('a quote for %s is refused', async (_, request, status, body) => {
  expect(await ask(due, 'POST', '/v1/transfers/quote', request)).toEqual({ status, body });
});

test('a transfer waits for its dollars, under a memo, without a confirmation', async () => {
  const transfer = await convert(due, '100.00', wallet);
  expect(transfer).toMatchObject({
    id: expect.stringMatching(/^tf_/),
    ownerId: due.accountId,
    status: 'awaiting_funds',
    source: { amount: '100.00', fee: '0.50', currency: 'USD', rail: 'ach' },
    destination: {
      amount: '99.50',
      currency: 'USDC',
      rail: 'ethereum',
      id: wallet,
      details: { schema: 'evm', address: treasury.address },
    },
    transferInstructions: { kind: 'details', memo: expect.stringMatching(/^REF-/) },
    createdAt: expect.stringMatching(/\.\d{9}Z$/),
  });
  expect(transfer.destination).not.toHaveProperty('confirmation');
  expect(await read(due, transfer.id)).toEqual(transfer);
});

test('there is no idempotency: the same request with another quote is another transfer', async () => {
  const [one, other] = [await convert(due, '7.00', wallet), await convert(due, '7.00', wallet)];
  expect(one.id).not.toBe(other.id);
});

test.each<[string, (token: string) => void]>([
  ['has been used', () => {}],
  ['is older than two minutes', expire],
])('a quote that %s is refused, and nothing is made', async (name, age) => {
  const { body } = await ask(due, 'POST', '/v1/transfers/quote', quoteFor('3.00'));
  const request = { quote: body['token'], recipient: wallet };
  if (name === 'has been used') await ask(due, 'POST', '/v1/transfers', request);
  age(String(body['token']));
  const before = await ask(due, 'GET', '/v1/transfers?limit=1');
  const refused = { status: 422, body: secondEnvelope('quote') };
  expect(await ask(due, 'POST', '/v1/transfers', request)).toEqual(refused);
  expect(await ask(due, 'GET', '/v1/transfers?limit=1')).toEqual(before);
});

function expire(token: string): void {
  const db = new DatabaseSync(path.join(due.dataDir, 'due.sqlite'));
  db.prepare('UPDATE quotes SET expiresAtMs = ? WHERE token = ?').run(Date.now(), token);
  db.close();
}

test('of many who use one quote at once, one gets a transfer', async () => {
  const { body } = await ask(due, 'POST', '/v1/transfers/quote', quoteFor('4.00'));
  const request = { quote: body['token'], recipient: wallet };
  const tries = Array.from({ length: 10 }, () => ask(due, 'POST', '/v1/transfers', request));
  const statuses = (await Promise.all(tries)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, ...Array(9).fill(422)]);
});

test.each<[string, object, number, object]>([
  ['nothing', {}, 422, secondEnvelope('quote', 'recipient')],
  ['an unknown quote', { quote: 'eyJ', recipient: 'wlt_x' }, 422, secondEnvelope('quote')],
])('a transfer of %s is refused', async (_, request, status, body) => {
  expect(await ask(due, 'POST', '/v1/transfers', request)).toEqual({ status, body });
});

test('a transfer to a wallet that is not linked is refused and does not burn the quote', async () => {
  const { body } = await ask(due, 'POST', '/v1/transfers/quote', quoteFor('3.00'));
  const request = { quote: body['token'], recipient: 'wlt_unknown' };
  const refused = firstEnvelope(400, 'err_transfer_invalid_destination_id');
  expect(await ask(due, 'POST', '/v1/transfers', request)).toEqual({ status: 400, body: refused });
  expect((await ask(due, 'POST', '/v1/transfers', { ...request, recipient: wallet })).status).toBe(
    200,
  );
});

async function listed(query: string): Promise<{ ids: string[]; next: string }> {
  const { body } = await ask(due, 'GET', `/v1/transfers?${query}`);
  const { items, next } = body as unknown as { items: TransferBody[]; next: string };
  return { ids: items.map(({ id }) => id), next };
}

test.each(['asc', 'desc'])('the list pages through a window of time, %s', async (order) => {
  const made: TransferBody[] = [];
  for (let index = 0; index < 5; index += 1) made.push(await convert(due, '2.00', wallet));
  const [first, last] = [made[0], made[4]];
  if (first === undefined || last === undefined) throw new Error('nothing made');
  const window = `startDate=${first.createdAt}&endDate=${last.createdAt}&order=${order}&limit=2`;
  const found: string[] = [];
  let next = '';
  do {
    const page = await listed(`${window}&next=${next}`);
    found.push(...page.ids);
    next = page.next;
  } while (next !== '');
  const ids = made.map(({ id }) => id);
  const inOrder = order === 'asc' ? ids : ids.toReversed();
  expect(found.filter((id) => ids.includes(id))).toEqual(inOrder);
  expect(new Set(found).size).toBe(found.length);
});

test.each(['limit=0', 'limit=101', 'limit=x', 'order=up', 'startDate=yesterday', 'next=x'])(
  'a list with %s is refused',
  async (query) => {
    const { status, body } = await ask(due, 'GET', `/v1/transfers?${query}`);
    expect([status, body['code']]).toEqual([422, 'err_validation']);
  },
);

test('an unknown transfer is not found', async () => {
  expect((await ask(due, 'GET', '/v1/transfers/tf_unknown')).status).toBe(404);
});

test('dollars need the memo and the amount of a transfer that waits for them', async () => {
  // In the meantime it is neither drawn nor approved by itself.
  const still = { steps: ['approved'], stepMs: 60_000, fund: false, times: 1 };
  expect((await control(due, '/_courses', still)).status).toBe(200);
  const { transferInstructions, id } = await convert(due, '9.00', wallet);
  const payin = (changes: object) =>
    ask(due, 'POST', '/dev/payin', {
      currency: 'USD',
      rail: 'ach',
      amount: '9.00',
      reference: transferInstructions.memo,
      ...changes,
    });
  expect((await payin({ reference: 'REF-UNKNOWN' })).status).toBe(422);
  expect((await payin({ amount: '8.99' })).body['error_code']).toBe('err_transfer_invalid_amount');
  expect((await read(due, id)).status).toBe('awaiting_funds');
  expect((await payin({})).status).toBe(200);
  expect((await read(due, id)).status).toBe('funds_received');
  expect((await payin({})).body['error_code']).toBe('err_transfer_not_awaiting_funds');
});

test('webhook endpoints are registered once, each with its own key', async () => {
  const add = (url: string, event = 'transfer.status_changed') =>
    ask(due, 'POST', '/v1/webhook_endpoints', { url, events: [event], description: 'test' });
  const one = await add('http://127.0.0.1:9/a');
  const other = await add('http://127.0.0.1:9/b');
  expect(one.body).toEqual({
    id: expect.stringMatching(/^whk_/),
    ownerId: due.accountId,
    description: 'test',
    url: 'http://127.0.0.1:9/a',
    subscribedEvents: ['transfer.status_changed'],
    publicKey: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/),
    enabled: true,
  });
  expect(one.body['publicKey']).not.toBe(other.body['publicKey']);
  expect((await ask(due, 'GET', '/v1/webhook_endpoints')).body).toEqual(
    expect.arrayContaining([one.body, other.body]),
  );
  const codes = [
    await add('http://127.0.0.1:9/a'),
    await add('ftp://x'),
    await add('http://x', 'no.event'),
  ];
  expect(codes.map(({ status, body }) => [status, body['error_code']])).toEqual([
    [409, 'err_webhook_endpoint_already_exists'],
    [400, 'err_webhook_endpoint_invalid_url'],
    [400, 'err_webhook_event_not_supported'],
  ]);
});
