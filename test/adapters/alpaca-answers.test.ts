/** Answers that the simulator does not give (lies, other shapes, errors of others) prove nothing to the adapter. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { alpacaBrokerage } from '../../lambdas/adapters/alpaca/brokerage.ts';
import { alpacaFirmJournals } from '../../lambdas/adapters/alpaca/firm-journals.ts';
import { alpacaFirmWires } from '../../lambdas/adapters/alpaca/firm-wires.ts';
import { type Brokerage, debitJournal } from '../../lambdas/core/brokerage/brokerage.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import { at, minorOf } from '../support/things.ts';

type Reply = { status: number; body: string; headers?: Record<string, string> };
let server: Server;
let baseUrl: string;
let brokerage: Brokerage;
let reply: (url: string) => Reply;
let seen: { method: string; url: string; headers: Record<string, unknown>; body: string }[];

const customer = 'a11ce000-0000-4000-8000-000000000001';
const firm = 'f1a90000-0000-4000-8000-000000000001';

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method = '', url = '', headers } = request;
    seen.push({ method, url, headers, body });
    const { status, body: text, headers: extra } = reply(url);
    response.writeHead(status, { 'content-type': 'application/json', ...extra }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  baseUrl = `http://127.0.0.1:${port}`;
  brokerage = alpacaBrokerage({ baseUrl, keyId: 'k', secretKey: 's', firmAccountId: firm });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
});

const id: WithdrawalId = `wd_${'0'.repeat(26)}`;
const intent = debitJournal(id, minorOf(11_550n), customer, firm, 1);
const send = () => brokerage.journal(brokerage.prepare(intent));
const json = (status: number, body: unknown, headers?: Record<string, string>): Reply => ({
  status,
  body: JSON.stringify(body),
  ...(headers === undefined ? {} : { headers }),
});
const journal = (given: object = {}) => ({
  id: '6d2cba43-cb57-4534-9603-a6e159167c0a',
  entry_type: 'JNLC',
  from_account: customer,
  to_account: firm,
  symbol: '',
  qty: null,
  price: '0',
  status: 'queued',
  settle_date: null,
  system_date: null,
  net_amount: '115.5',
  description: id,
  ...given,
});

test('a journal is asked for once, with the key, the credentials, and always the same bytes', async () => {
  reply = () => json(200, journal());
  await send();
  await send();
  expect(seen).toHaveLength(2);
  expect(seen[0]).toMatchObject({
    method: 'POST',
    url: '/v1/journals',
    headers: {
      authorization: `Basic ${Buffer.from('k:s').toString('base64')}`,
      'idempotency-key': intent.key,
      'content-type': 'application/json',
    },
    body: `{"entry_type":"JNLC","from_account":"${customer}","to_account":"${firm}","amount":"115.50","currency":"USD","description":"${id}"}`,
  });
  expect(seen[1]?.body).toBe(seen[0]?.body);
});

const error = (status: number, code: number) => json(status, { code, message: 'no' });
const reset = { 'x-ratelimit-reset': '1700000000' };
// biome-ignore format: columns are the point
test.each<[string, Reply, object]>([
  ['in the documented shape',          json(200, journal()),                                        { outcome: 'APPLIED', value: { amount: 11_550n, state: 'pending' } }],
  ['with more zeros',                  json(200, journal({ net_amount: '115.5000000000' })),        { outcome: 'APPLIED', value: { amount: 11_550n } }],
  ['in capitals',                      json(200, journal({ from_account: customer.toUpperCase() })), { outcome: 'APPLIED' }],
  ['with fields of next year',         json(200, journal({ mood: 'good' })),                        { outcome: 'APPLIED' }],
  ['without a description',            json(200, journal({ description: '' })),                     { outcome: 'APPLIED' }],
  ['refused, and kept as a journal',   json(200, journal({ status: 'refused' })),                   { outcome: 'APPLIED', value: { state: 'refused' } }],
  ['of another amount',                json(200, journal({ net_amount: '115.51' })),                { outcome: 'UNKNOWN' }],
  ['of parts of a cent',               json(200, journal({ net_amount: '115.501' })),               { outcome: 'UNKNOWN' }],
  ['from another account',             json(200, journal({ from_account: firm })),                  { outcome: 'UNKNOWN' }],
  ['to another account',               json(200, journal({ to_account: customer })),                { outcome: 'UNKNOWN' }],
  ['about another withdrawal',         json(200, journal({ description: 'wd_other' })),             { outcome: 'UNKNOWN' }],
  ['of shares',                        json(200, journal({ entry_type: 'JNLS' })),                  { outcome: 'UNKNOWN' }],
  ['with amount and no net_amount',    json(200, journal({ net_amount: undefined, amount: '1' })),  { outcome: 'UNKNOWN' }],
  ['success in another shape',         json(200, { ok: true }),                                     { outcome: 'UNKNOWN' }],
  ['success that is cut off',          { status: 200, body: '{"id":"6d2c' },                        { outcome: 'UNKNOWN' }],
  ['success that is no JSON',          { status: 200, body: '<html>' },                             { outcome: 'UNKNOWN' }],
  ['a redirect',                       json(302, {}),                                               { outcome: 'UNKNOWN' }],
  ['refused in documented words',      error(403, 40_310_000),                                      { outcome: 'NOT_APPLIED', code: 'not-available' }],
  ['403 in nobody\'s words',           { status: 403, body: 'forbidden' },                          { outcome: 'UNKNOWN' }],
  ['403 without a code',               json(403, { message: 'forbidden' }),                         { outcome: 'UNKNOWN' }],
  ['403 with the code of another',     error(403, 50_010_000),                                      { outcome: 'UNKNOWN' }],
  ['404 of a proxy',                   { status: 404, body: '<html>' },                             { outcome: 'UNKNOWN' }],
  ['our own key refused',              json(401, { message: 'unauthorized' }),                      { outcome: 'UNKNOWN', why: '401 unknown_error' }],
  ['401 with a code',                  error(401, 40_110_000),                                      { outcome: 'UNKNOWN' }],
  ['request time-out',                 error(408, 40_810_000),                                      { outcome: 'UNKNOWN' }],
  ['a conflict',                       error(409, 40_910_000),                                      { outcome: 'UNKNOWN' }],
  ['the key was used for other bytes', error(422, 42_210_000),                                      { outcome: 'UNKNOWN', why: '422 42210000' }],
  ['429 that says until when',         json(429, { code: 42_910_000, message: '' }, reset),         { outcome: 'NOT_NOW', until: 1_700_000_000_000 }],
  ['429 of a proxy, with the header',  { status: 429, body: '', headers: reset },                   { outcome: 'NOT_NOW', until: 1_700_000_000_000 }],
  ['429 that does not say',            error(429, 42_910_000),                                      { outcome: 'UNKNOWN' }],
  ['429 that says nonsense',           json(429, {}, { 'x-ratelimit-reset': 'soon' }),              { outcome: 'UNKNOWN' }],
  ['an error, with the header',        json(500, {}, reset),                                        { outcome: 'UNKNOWN' }],
])('asking for a journal, an answer %s', async (_, given, want) => {
  reply = () => given;
  expect(await send()).toMatchObject(want);
  expect(seen).toHaveLength(1); // One attempt, whatever happens.
});

test('nobody there', async () => {
  const config = { keyId: 'k', secretKey: 's', firmAccountId: firm };
  const nowhere = alpacaBrokerage({ ...config, baseUrl: 'http://127.0.0.1:1' });
  const outcome = await nowhere.journal(nowhere.prepare(intent));
  expect(outcome).toMatchObject({ outcome: 'UNKNOWN' });
});

const account = (given: object = {}) => ({
  id: customer,
  status: 'ACTIVE',
  cash: '24861.91',
  buying_power: '103556.8572572922',
  cash_withdrawable: '0',
  cash_transferable: '24861.91',
  transfers_blocked: false,
  account_blocked: false,
  trading_blocked: true,
  ...given,
});
// biome-ignore format: columns are the point
test.each<[string, object, object]>([
  ['what may be journalled, and nothing else', {},                                        { ok: true, value: { transferable: 2_486_191n, usable: true } }],
  ['rounded down',                             { cash_transferable: '1.0099999999' },     { ok: true, value: { transferable: 100n } }],
  ['whole',                                    { cash_transferable: '7' },                { ok: true, value: { transferable: 700n } }],
  ['a debt is nothing',                        { cash_transferable: '-3.5' },             { ok: true, value: { transferable: 0n } }],
  ['a number is no decimal',                   { cash_transferable: 7 },                  { ok: false, refused: false }],
  ['an exponent is no decimal',                { cash_transferable: '1e9' },              { ok: false, refused: false }],
  ['who does not say whether it is blocked',   { account_blocked: undefined },            { ok: false, refused: false }],
  ['another account',                          { id: firm },                              { ok: false, refused: false }],
])('an account: %s', async (_, given, want) => {
  reply = () => json(200, account(given));
  expect(await brokerage.account(customer)).toMatchObject(want);
});

const all = () =>
  brokerage.journalsOf({
    description: id,
    from: customer,
    to: firm,
    amount: minorOf(11_550n),
    since: at(Date.parse('2026-03-01T00:00:00Z')),
    until: at(Date.parse('2026-03-02T23:59:59Z')),
  });

test('journals are asked for with days to spare, and filtered here too', async () => {
  reply = () =>
    json(200, [
      journal(),
      journal({ description: 'wd_other', net_amount: null }),
      journal({ description: null, entry_type: 'JNLS' }),
      journal({ from_account: firm, to_account: customer }),
    ]);
  expect(await all()).toMatchObject({ ok: true, value: [{ description: id, from: customer }] });
  const query = new URLSearchParams(seen[0]?.url.split('?')[1]);
  expect(Object.fromEntries(query)).toEqual({
    entry_type: 'JNLC',
    from_account: customer,
    to_account: firm,
    after: '2026-02-27',
    before: '2026-03-04',
  });
});

// biome-ignore format: columns are the point
test.each<[string, Reply]>([
  ['one of ours is in another shape',  json(200, [journal(), journal({ net_amount: null })])],
  ['ours was refused, and one may be', json(200, [journal({ status: 'refused' }), journal({ id: 'j2', description: '' })])],
  ['it is no list',                    json(200, { journals: [] })],
  ['it is cut off',                    { status: 200, body: '[' }],
  ['there are more than it can list',  error(422, 42_210_000)],
  ['it is an error',                   error(500, 50_010_000)],
])('there is no answer about all journals when %s', async (_, given) => {
  reply = () => given;
  expect(await all()).toMatchObject({ ok: false, refused: false });
});

const ofFirm = () =>
  alpacaFirmJournals({ baseUrl, keyId: 'k', secretKey: 's', firmAccountId: firm }).journalsBetween(
    at(Date.parse('2026-03-01T00:00:00Z')),
    at(Date.parse('2026-03-02T23:59:59Z')),
  );

test('the firm’s journals are asked for in both directions, with days to spare, each once', async () => {
  const out = { from_account: firm, to_account: customer, system_date: '2026-03-02' };
  reply = () =>
    json(200, [
      journal(),
      journal({ id: 'out', ...out }),
      journal({ id: 'shares', entry_type: 'JNLS', net_amount: null }),
      journal({ id: 'others', to_account: customer, from_account: customer }),
    ]);
  expect(await ofFirm()).toMatchObject({
    ok: true,
    value: [
      { from: customer, to: firm, bookedOn: null },
      { id: 'out', from: firm, bookedOn: '2026-03-02' },
    ],
  });
  const queries = seen.map(({ url }) => Object.fromEntries(new URLSearchParams(url.split('?')[1])));
  const days = { entry_type: 'JNLC', after: '2026-02-27', before: '2026-03-04' };
  expect(queries).toEqual([
    { ...days, from_account: firm },
    { ...days, to_account: firm },
  ]);
});

// biome-ignore format: columns are the point
test.each<[string, Reply]>([
  ['one is in another shape',          json(200, [journal(), journal({ net_amount: null })])],
  ['a day is none',                    json(200, [journal({ system_date: 'yesterday' })])],
  ['there are more than it can list',  error(422, 42_210_000)],
  ['it is an error',                   error(500, 50_010_000)],
])('there is no answer about the firm’s journals when %s', async (_, given) => {
  reply = () => given;
  expect(await ofFirm()).toMatchObject({ ok: false, refused: false });
  // The second question gets the same answer.
  reply = () => (seen.length % 2 === 0 ? given : json(200, []));
  expect(await ofFirm()).toMatchObject({ ok: false });
});

test('a long list is read', async () => {
  const others = Array.from({ length: 2_000 }, (_, n) => journal({ description: `wd_${n}` }));
  reply = () => json(200, [...others, journal()]);
  expect(await all()).toMatchObject({ ok: true, value: [{ description: id }] });
});

const wire = (given: object = {}) => ({
  id: 'w',
  bank_id: 'b',
  status: 'QUEUED',
  amount: '500',
  requested_amount: '500',
  fee: '0',
  additional_information: 'DUE-1',
  created_at: '2026-03-01T09:00:00.123456-05:00',
  ...given,
});
const sendWire = () => brokerage.wire({ bankId: 'b', amount: minorOf(50_000n), memo: 'DUE-1' });

// biome-ignore format: columns are the point
test.each<[string, Reply, object]>([
  ['as asked for',              json(200, wire()),                                          { outcome: 'APPLIED', value: { createdAt: Date.parse('2026-03-01T14:00:00.123Z') } }],
  ['of less, for its price',    json(200, wire({ amount: '475', fee: '25' })),              { outcome: 'APPLIED', value: { id: 'w', amount: 47_500n } }],
  ['to another bank',           json(200, wire({ bank_id: 'c' })),                          { outcome: 'APPLIED', value: { id: 'w', bankId: 'c' } }],
  ['with another memo',         json(200, wire({ additional_information: 'due-1' })),       { outcome: 'APPLIED', value: { id: 'w', memo: 'due-1' } }],
  ['with nothing that can be read', json(200, wire({ amount: 7, bank_id: 7, additional_information: 7, created_at: 7 })), { outcome: 'APPLIED', value: { id: 'w', amount: null, bankId: null, memo: null, createdAt: null } }],
  ['without an id',             json(200, wire({ id: '' })),                                { outcome: 'UNKNOWN' }],
  ['refused',                   error(403, 40_310_000),                                     { outcome: 'NOT_APPLIED', code: 'not-available' }],
  ['not now',                   json(429, {}, reset),                                       { outcome: 'NOT_NOW' }],
  ['a server error',            error(500, 50_010_000),                                     { outcome: 'UNKNOWN' }],
])('a wire: %s', async (_, given, want) => {
  reply = () => given;
  expect(await sendWire()).toMatchObject(want);
  expect(seen).toHaveLength(1);
});

// biome-ignore format: columns are the point
test.each([
  ['QUEUED', 'pending'], ['APPROVAL_PENDING', 'pending'], ['PENDING', 'pending'], ['SENT_TO_CLEARING', 'pending'],
  ['APPROVED', 'pending'], ['COMPLETE', 'sent'], ['REJECTED', 'refused'], ['CANCELED', 'refused'],
  ['EXPIRED', 'refused'], ['RETURNED', 'returned'], ['NEXT_YEAR', 'unknown'],
])('a wire that is %s is %s', async (status, state) => {
  reply = (url) => json(200, url.includes('&offset=0') ? [wire({ status })] : []);
  expect(await brokerage.wiresSeen()).toMatchObject({ ok: true, value: [{ status, state }] });
});

test.each([100, 500, 1_000])('all wires are read, whatever a page holds: %d', async (pageMax) => {
  const wires = Array.from({ length: 1_234 }, (_, n) => wire({ id: String(n) }));
  reply = (url) => {
    const query = new URLSearchParams(url.split('?')[1]);
    const [offset, limit] = [Number(query.get('offset')), Number(query.get('limit'))];
    return json(200, wires.slice(offset, offset + Math.min(limit, pageMax)));
  };
  const listed = await brokerage.wiresSeen();
  expect(listed.ok && listed.value.map(({ id }) => id)).toEqual(wires.map(({ id }) => id));
});

const many = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => wire({ id: String(from + n) }));
const pages = (rows: object[]) => (offset: number) => rows.slice(offset, offset + 100);
// biome-ignore format: columns are the point
test.each<[string, (offset: number, nth: number) => object[]]>([
  ['takes no notice of the offset',             () => many(0, 100)],
  ['counts the offset in pages',                (offset) => pages(many(0, 100))(offset * 100)],
  ['… and has several',                         (offset) => pages(many(0, 250))(offset * 100)],
  ['has one row in a page',                     (offset) => many(0, 3).slice(offset, offset + 1)],
  ['leaves a page empty',                       (offset, nth) => (nth === 1 ? [] : pages(many(0, 150))(offset))],
  ['leaves rows out',                           (offset, nth) => pages(nth === 1 ? many(3, 150) : many(0, 150))(offset)],
  ['has new rows before those that were read',  (offset, nth) => pages(nth === 1 ? [...many(900, 901), ...many(0, 150)] : many(0, 150))(offset)],
  ['says the same row twice',                   (offset) => pages([...many(0, 50), ...many(7, 8)])(offset)],
])('a list that %s is no list', async (_, page) => {
  let nth = -1;
  reply = (url) => {
    nth += 1;
    return json(200, page(Number(new URLSearchParams(url.split('?')[1]).get('offset')), nth));
  };
  const config = { baseUrl, keyId: 'k', secretKey: 's', firmAccountId: firm };
  expect(await brokerage.wiresSeen()).toMatchObject({ ok: false, refused: false });
  nth = -1;
  expect(await alpacaFirmWires(config).wires(at(0))).toMatchObject({ ok: false, refused: false });
});

/** Twenty rows in a page, one created each minute; more pages than one look reads. */
const newest = Date.UTC(2026, 2, 1);
const minuteBefore = (n: number) => new Date(newest - n * 60_000).toISOString();
const minutely = Array.from({ length: 2_500 }, (_, n) =>
  wire({ id: String(n), created_at: minuteBefore(n) }),
);
const twenty = (rows: object[]) => (url: string) => {
  const offset = Number(new URLSearchParams(url.split('?')[1]).get('offset'));
  return json(200, rows.slice(offset, offset + 20));
};
const idsIn = (listed: Awaited<ReturnType<typeof brokerage.wiresSeen>>) =>
  listed.ok && listed.value.map(({ id }) => Number(id));
const since = at(newest - 50 * 60_000);

test('of a list without an end that begins with the newest only what may be asked about is read', async () => {
  reply = twenty(minutely);
  const look = async () => idsIn(await brokerage.wiresSeen(undefined, since));
  expect(await look()).toEqual(Array.from({ length: 58 }, (_, n) => n));
  expect(seen).toHaveLength(3);
  // Reconciliation reads what its period needs, and no history.
  const account = { baseUrl, keyId: 'k', secretKey: 's', firmAccountId: firm };
  const listed = await alpacaFirmWires(account).wires(since);
  expect(listed.ok && listed.value.read.map(({ id }) => Number(id))).toHaveLength(58);
  expect(seen).toHaveLength(6);
  // Who does not say since when is shown nothing that may not be all.
  expect(await brokerage.wiresSeen()).toMatchObject({ ok: false });
  // A row out of the order, or without a time, says that there is none: older rows may be anywhere.
  for (const created_at of [minuteBefore(-1), null]) {
    reply = twenty(minutely.with(30, wire({ id: '30', created_at })));
    expect(await brokerage.wiresSeen(undefined, since)).toMatchObject({ ok: false });
  }
});

test('a list without an end that begins with the oldest is read from where the last look left what is too old', async () => {
  const rows = minutely.toReversed();
  const account = { baseUrl, keyId: 'k', secretKey: 's', firmAccountId: firm };
  const wires = alpacaFirmWires(account);
  const look = () => wires.wiresSeen(undefined, since);
  reply = twenty(rows);
  expect(await look()).toMatchObject({ ok: false });
  const found = idsIn(await look()) || [];
  expect(found.filter((n) => n <= 50)).toEqual(Array.from({ length: 51 }, (_, n) => 50 - n));
  const before = seen.length;
  // One more is wired, and the next look is short.
  rows.push(wire({ id: 'new', created_at: minuteBefore(-1) }));
  const listed = await look();
  expect(listed.ok && listed.value.at(-1)?.id).toBe('new');
  expect(seen.length - before).toBeLessThan(6);
  // What moves the rows that were read makes it no list, and the one after begins anew.
  rows.unshift(wire({ id: 'old', created_at: minuteBefore(9_999) }));
  expect(await look()).toMatchObject({ ok: false });
  seen.length = 0;
  await look();
  expect(seen[0]?.url).toContain('offset=0');
});

test('a firm that has wired nothing has an empty list', async () => {
  reply = () => json(200, []);
  expect(await brokerage.wiresSeen()).toEqual({ ok: true, value: [] });
});

test('what else leaves the account is in no shape that stops us', async () => {
  const { bank_id: _, additional_information: __, ...ach } = wire({ id: '9' });
  const listOf =
    (...rows: object[]) =>
    (url: string) =>
      json(200, rows.slice(Number(new URLSearchParams(url.split('?')[1]).get('offset'))));
  reply = listOf({ ...ach, type: 'ach', bank_id: null }, wire({ id: '1' }));
  expect(await brokerage.wiresSeen()).toMatchObject({ value: [{ id: '1' }] });
  const updated = '2026-03-02T14:00:00Z';
  reply = listOf(ach, wire({ id: '1', updated_at: updated }));
  const config = { baseUrl, keyId: 'k', secretKey: 's', firmAccountId: firm };
  const all = await alpacaFirmWires(config).wires(at(0));
  expect(all).toMatchObject({
    ok: true,
    value: {
      read: [
        { id: '9', bankId: '', memo: '', updatedAt: Date.parse('2026-03-01T14:00:00.123Z') },
        { id: '1', updatedAt: Date.parse(updated) },
      ],
      unread: [],
    },
  });
});

// biome-ignore format: columns are the point
test.each<[string, object[], object]>([
  ['approved',            [{ id: '1', status: 'APPROVED' }],                                  { ok: true, value: '1' }],
  ['not yet',             [{ id: '1', status: 'QUEUED' }],                                    { ok: true, value: null }],
  ['with a hidden number', [{ id: '1', status: 'APPROVED', account_number: undefined }],      { ok: true, value: '1' }],
  ['of another',          [{ id: '1', status: 'APPROVED', account_number: '9' }],             { ok: true, value: null }],
])('the bank of the on-ramp: %s', async (_, banks, want) => {
  const bank = { name: 'Due', bank_code: '021000021', account_number: '1', bank_code_type: 'ABA' };
  reply = () =>
    seen.at(-1)?.method === 'POST'
      ? json(200, { ...bank, id: '7', status: 'QUEUED' })
      : json(200, banks.map((one) => ({ ...bank, ...one })));
  const details = { name: 'Due', routingNumber: '021000021', accountNumber: '1' };
  expect(await brokerage.bank(details)).toEqual(want);
});
