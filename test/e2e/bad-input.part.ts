import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import { awsAt } from '../support/aws.ts';
import { clientOf, newKey } from './client.ts';
import { testSystem } from './system.ts';

const { system, alice } = testSystem();
let walletId: string;
let bobsWallet: string;

beforeAll(async () => {
  walletId = await alice.wallet('USD', '100.00');
  bobsWallet = await (await clientOf(system.outputs, 'dk_local_bob')).wallet('USD', '100.00');
});

const good = () => ({
  walletId,
  amount: '1.00',
  asset: 'USDC',
  network: 'ethereum',
  destinationAddress: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
});

/** How many withdrawals there are. What an earlier one adds to itself meanwhile does not count. */
async function stored(): Promise<number> {
  const client = new DynamoDBClient(awsAt(system.outputs.awsEndpoint));
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName: system.outputs.tables['money'] }),
  );
  return Items.filter(({ pk, sk }) => pk?.S?.startsWith('WD#') && sk?.S === 'META').length;
}

type Case = [name: string, given: Record<string, unknown>, status: number, code: string];
// biome-ignore format: columns are the point
const bodies: Case[] = [
  ['an amount as a number',        { amount: 1 },                               400, 'INVALID_AMOUNT'],
  ['a zero amount',                { amount: '0.00' },                          400, 'INVALID_AMOUNT'],
  ['a negative amount',            { amount: '-1.00' },                         400, 'INVALID_AMOUNT'],
  ['an exponent',                  { amount: '1e2' },                           400, 'INVALID_AMOUNT'],
  ['too many decimals',            { amount: '1.001' },                         400, 'INVALID_AMOUNT'],
  ['huge digits',                  { amount: '9'.repeat(400) },                 400, 'INVALID_AMOUNT'],
  ['full-width digits',            { amount: '１.00' },                          400, 'INVALID_AMOUNT'],
  ['no amount',                    { amount: undefined },                       400, 'INVALID_REQUEST'],
  ['an unknown field',             { status: 'COMPLETED' },                     400, 'INVALID_REQUEST'],
  ['too many retries',             { maxRetries: 11 },                          400, 'INVALID_REQUEST'],
  ['half a retry',                 { maxRetries: 0.5 },                         400, 'INVALID_REQUEST'],
  ['a long reference',             { reference: 'x'.repeat(256) },              400, 'INVALID_REQUEST'],
  ['metadata that is no text',     { metadata: { a: 1 } },                      400, 'INVALID_REQUEST'],
  ['a bad checksum',               { destinationAddress: '0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed' }, 400, 'INVALID_ADDRESS'],
  ['the zero address',             { destinationAddress: `0x${'0'.repeat(40)}` },                        400, 'INVALID_ADDRESS'],
  ['our own treasury',             { destinationAddress: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' }, 400, 'INVALID_ADDRESS'],
  ['a homoglyph',                  { destinationAddress: '0x5аAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' }, 400, 'INVALID_ADDRESS'],
  ['a network nobody pays on',     { network: 'tron' },                         422, 'NETWORK_NOT_SUPPORTED'],
  ['a Solana address off the curve', { network: 'solana', destinationAddress: 'So11111111111111111111111111111111111111112' }, 400, 'INVALID_ADDRESS'],
  ['an asset that is not paid there', { network: 'bitcoin', destinationAddress: 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080' }, 422, 'NETWORK_NOT_SUPPORTED'],
  ['another asset',                { asset: 'USDT' },                           422, 'NETWORK_NOT_SUPPORTED'],
  ['an unknown wallet',            { walletId: `wal_${'0'.repeat(26)}` },       404, 'NOT_FOUND'],
  ['no wallet id at all',          { walletId: '../../etc/passwd' },            404, 'NOT_FOUND'],
];

test.each(bodies)('refused: %s', async (_name, given, status, code) => {
  const answer = await alice.call(
    'POST',
    '/v1/withdrawals',
    { ...good(), ...given },
    { 'idempotency-key': newKey() },
  );
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status,
    detail: expect.any(String),
    requestId: expect.any(String),
  });
});

type Raw = [
  name: string,
  init: RequestInit & { path?: string; duplex?: 'half' },
  status: number,
  code: string,
];
const headers = (given: Record<string, string> = {}) => ({
  authorization: 'Bearer dk_local_alice',
  'content-type': 'application/json',
  'idempotency-key': 'k',
  ...given,
});
const without = (name: string) =>
  Object.fromEntries(Object.entries(headers()).filter(([key]) => key !== name));
// biome-ignore format: columns are the point
const raws: Raw[] = [
  ['no key at all',             { method: 'POST', headers: without('authorization'), body: '{}' },                           401, 'UNAUTHORIZED'],
  ['an unknown key',            { method: 'POST', headers: headers({ authorization: 'Bearer dk_nobody' }), body: '{}' },     401, 'UNAUTHORIZED'],
  ['another scheme',            { method: 'POST', headers: headers({ authorization: 'Basic eDp5' }), body: '{}' },           401, 'UNAUTHORIZED'],
  ['a key that may only read',  { method: 'POST', headers: headers({ authorization: 'Bearer dk_local_alice_readonly' }), body: '{}' }, 403, 'FORBIDDEN'],
  ['no idempotency key',        { method: 'POST', headers: without('idempotency-key'), body: '{}' },                         400, 'IDEMPOTENCY_KEY_REQUIRED'],
  ['a long idempotency key',    { method: 'POST', headers: headers({ 'idempotency-key': 'k'.repeat(256) }), body: '{}' },    400, 'IDEMPOTENCY_KEY_INVALID'],
  ['a key with a space',        { method: 'POST', headers: headers({ 'idempotency-key': 'a b' }), body: '{}' },              400, 'IDEMPOTENCY_KEY_INVALID'],
  ['no JSON',                   { method: 'POST', headers: headers(), body: 'hello' },                                       400, 'INVALID_REQUEST'],
  ['a duplicate key',           { method: 'POST', headers: headers(), body: '{"amount":"1.00","amount":"2.00"}' },           400, 'INVALID_REQUEST'],
  ['an array',                  { method: 'POST', headers: headers(), body: '[]' },                                          400, 'INVALID_REQUEST'],
  ['a depth bomb',              { method: 'POST', headers: headers(), body: '['.repeat(30_000) },                            400, 'INVALID_REQUEST'],
  ['a form',                    { method: 'POST', headers: headers({ 'content-type': 'text/plain' }), body: 'a=1' },         415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['more than 64 KiB',          { method: 'POST', headers: headers(), body: `"${'x'.repeat(65_536)}"` },                     413, 'PAYLOAD_TOO_LARGE'],
  ['more than 10 MB',           { method: 'POST', headers: headers(), body: 'x'.repeat(10_500_000) },                        413, 'PAYLOAD_TOO_LARGE'],
  ['another method',            { method: 'DELETE', headers: headers() },                                                    405, 'METHOD_NOT_ALLOWED'],
  ['another path',              { method: 'GET', path: '/v1/nothing', headers: headers() },                                  404, 'NOT_FOUND'],
  ['an id that is none',        { method: 'GET', path: '/v1/withdrawals/wd_%00', headers: headers() },                       404, 'NOT_FOUND'],
];

test.each(raws)(
  'refused: %s',
  async (_name, { path: at = '/v1/withdrawals', ...init }, status, code) => {
    const response = await fetch(system.outputs.apiUrl + at, init);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      status,
      code,
    ]);
    if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    if (status === 405) expect(response.headers.get('allow')).toContain('POST');
  },
);

test("another tenant's things are not there", async () => {
  const own = await alice.withdraw(walletId);
  const bob = await clientOf(system.outputs, 'dk_local_bob');
  const answers = await Promise.all([
    bob.call('GET', `/v1/withdrawals/${own.body.id}`),
    bob.call('GET', `/v1/withdrawals/${own.body.id}/events`),
    bob.call('GET', `/v1/wallets/${walletId}`),
    bob.withdraw(walletId),
    alice.withdraw(bobsWallet),
    alice.call(
      'POST',
      `/v1/wallets/${bobsWallet}/transactions`,
      { type: 'CREDIT', amount: '1.00' },
      { 'idempotency-key': newKey() },
    ),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
});

test('nothing that was refused has left anything behind, and its key is still free', async () => {
  const before = await stored();
  const key = newKey();
  const refused = await alice.withdraw(walletId, { amount: '1.001' }, key);
  expect([refused.status, await stored()]).toEqual([400, before]);
  expect((await alice.withdraw(walletId, {}, key)).status).toBe(202);
});

// biome-ignore format: columns are the point
test.each([
  ['http',              'http://example.com/hook'],
  ['a private address', 'https://10.0.0.1/hook'],
  ['link-local',        'https://169.254.169.254/latest/meta-data'],
  ['IPv6 loopback',     'https://[::1]/hook'],
  ['mapped IPv4',       'https://[::ffff:10.0.0.1]/hook'],
  ['a decimal address', 'https://2130706433.example.internal/hook'],
  ['localhost',         'https://localhost/hook'],
  ['a .local name',     'https://printer.local/hook'],
  ['credentials',       'https://user:pass@example.com/hook'],
  ['another scheme',    'ftp://example.com/hook'],
  ['no URL',            'hello'],
  ['a long one',        `https://example.com/${'x'.repeat(2_048)}`],
])('a webhook to %s is refused', async (_name, url) => {
  const { status, body } = await alice.call('POST', '/v1/webhook-endpoints', { url, events: ['*'] });
  expect([status, body['code']]).toEqual([422, 'WEBHOOK_URL_NOT_ALLOWED']);
});
