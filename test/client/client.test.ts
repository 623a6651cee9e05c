/** How the typed client behaves: what it sends again and how, what it says when it gives up, lists, and waiting. */
import { expect, jest, test } from '@jest/globals';
import { type api, isDrawbridgeError, type Route } from '../../client/src/index.ts';
import { assets } from '../../lambdas/core/kernel/money.ts';
import { networkSettings, networks } from '../../lambdas/core/kernel/networks.ts';
import { type Laid, laidDown, problem } from './server.ts';

const body = {
  ...{ walletId: 'wal_1', amount: '10.00', destinationAddress: '0x1' },
  ...({ asset: 'USDC', network: 'base' } as const),
};
const keyed = { idempotencyKey: 'line-1' };
const withdrawal = { id: 'wd_1', status: 'PROCESSING', stage: 'reserved' };

/** The error of a call, while the time of its pauses flies. */
async function errorOf(call: Promise<unknown>) {
  const caught = call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const ended = await flown(caught);
  if ('value' in ended || !isDrawbridgeError(ended.error)) throw new Error(JSON.stringify(ended));
  return ended.error;
}

async function flown<T>(call: Promise<T>): Promise<T> {
  let over = false;
  const end = () => {
    over = true;
  };
  void call.then(end, end);
  while (!over) await jest.advanceTimersByTimeAsync(250);
  return call;
}

jest.useFakeTimers();

const lost = new TypeError('fetch failed', { cause: new Error('read ECONNRESET') });
const accepted = { status: 202, body: withdrawal };
const unavailable = problem(503, 'TEMPORARILY_UNAVAILABLE');

test.each<[string, Laid]>([
  ['an answer that broke off', lost],
  ['a 503', unavailable],
  ['a 500 of something in between', { status: 500, body: '<html>' }],
  ['a 502 in JSON that is no problem', { status: 502, body: { message: 'Internal server error' } }],
  ['a 429', { ...problem(429, 'RATE_LIMITED'), headers: { 'retry-after': '1' } }],
  ['an accepted one cut short', { status: 202, body: '{"id":"wd_' }],
])('after %s the same bytes are sent again with the same key', async (_what, first) => {
  const { drawbridge, asked } = laidDown([first, first, accepted]);
  expect(await flown(drawbridge.withdrawals.create(body, keyed))).toEqual(withdrawal);
  expect(asked).toHaveLength(3);
  for (const one of asked) {
    expect(one).toEqual(asked[0]);
    expect(one.headers['idempotency-key']).toBe('line-1');
  }
});

test.each<[string, Laid, string, boolean]>([
  ['no answer', lost, 'CONNECTION_FAILED', true],
  ['a 503', unavailable, 'TEMPORARILY_UNAVAILABLE', true],
  ['a 502', { status: 502, body: 'x' }, 'UNEXPECTED_ANSWER', true],
])('who gives up after %s says that it may be done', async (_what, laid, code, mayBeDone) => {
  const { drawbridge, asked } = laidDown([laid], { retries: 2 });
  const error = await errorOf(drawbridge.withdrawals.create(body, keyed));
  expect(error).toMatchObject({ code, mayBeDone, attempts: 3 });
  expect(asked).toHaveLength(3);
  expect(String(error) + JSON.stringify(error)).not.toContain('dk_secret');
});

test('what was refused after an attempt of which nothing is known may be done all the same', async () => {
  const { drawbridge } = laidDown([lost, problem(403, 'FORBIDDEN')]);
  const error = await errorOf(drawbridge.withdrawals.create(body, keyed));
  expect(error).toMatchObject({ code: 'FORBIDDEN', mayBeDone: true, attempts: 2 });
});

test('a refusal is not sent again, and was not carried out', async () => {
  const fields = [{ pointer: '#/amount', code: 'INVALID_AMOUNT', detail: 'Too many decimals.' }];
  const { drawbridge, asked } = laidDown([problem(400, 'INVALID_AMOUNT', { errors: fields })]);
  const error = await errorOf(drawbridge.withdrawals.create(body, keyed));
  expect(error).toMatchObject({ code: 'INVALID_AMOUNT', mayBeDone: false, errors: fields });
  expect(error.message).toContain('#/amount: Too many decimals.');
  expect(asked).toHaveLength(1);
});

test('by its code an error is known to have more', async () => {
  const resetsAt = '2026-11-29T00:00:00.000Z';
  const { drawbridge } = laidDown([problem(422, 'LIMIT_EXCEEDED', { limit: '5.00', resetsAt })]);
  const error = await errorOf(drawbridge.withdrawals.create(body, keyed));
  if (error.code !== 'LIMIT_EXCEEDED') throw error;
  expect([error.limit, error.remaining, error.resetsAt]).toEqual(['5.00', null, resetsAt]);
});

test('a code that is newer than the client is told as it is', async () => {
  const { drawbridge } = laidDown([problem(422, 'MOON_CLOSED')]);
  const error = await errorOf(drawbridge.withdrawals.create(body, keyed));
  expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', status: 422, mayBeDone: false });
  expect(error.message).toContain('MOON_CLOSED: Detail.');
});

test('what would be done twice is not sent again, unless it was certainly not done', async () => {
  const made = laidDown([lost, { status: 201, body: {} }]);
  const error = await errorOf(made.drawbridge.wallets.create({ currency: 'USD' }));
  expect(error).toMatchObject({ code: 'CONNECTION_FAILED', mayBeDone: true });
  expect(made.asked).toHaveLength(1);
  const later = laidDown([problem(429, 'RATE_LIMITED'), { status: 201, body: { id: 'wal_1' } }]);
  expect(await flown(later.drawbridge.wallets.create({ currency: 'USD' }))).toEqual({
    id: 'wal_1',
  });
});

test('Retry-After is waited for, and what is longer than a minute is for the caller to decide', async () => {
  const laid = { ...unavailable, headers: { 'retry-after': '20' } };
  const { drawbridge, asked } = laidDown([laid, accepted]);
  const began = Date.now();
  await flown(drawbridge.withdrawals.create(body, keyed));
  expect(Date.now() - began).toBeGreaterThanOrEqual(20_000);
  expect(asked).toHaveLength(2);
  const long = laidDown([{ ...unavailable, headers: { 'retry-after': '3600' } }]);
  await errorOf(long.drawbridge.withdrawals.get('wd_1'));
  expect(long.asked).toHaveLength(1);
});

test('no answer in time is a timeout; a signal ends a call with its own reason, in a pause too', async () => {
  jest.useRealTimers();
  const { drawbridge } = laidDown(['never'], { timeoutMs: 20, retries: 0 });
  const timedOut = await drawbridge.withdrawals.get('wd_1').catch((error: unknown) => error);
  expect(timedOut).toMatchObject({ code: 'TIMED_OUT', mayBeDone: false });
  for (const laid of ['never', lost] as const) {
    const stop = new AbortController();
    const call = laidDown([laid]).drawbridge.withdrawals.get('wd_1', { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('Enough.')), 30);
    await expect(call).rejects.toThrow('Enough.');
  }
  jest.useFakeTimers();
});

test('a redirection is not followed: the key is for the API alone', async () => {
  const { drawbridge, asked } = laidDown([{ status: 302, headers: { location: 'https://x' } }]);
  const error = await errorOf(drawbridge.withdrawals.get('wd_1'));
  expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', status: 302 });
  expect(asked).toHaveLength(1);
});

test('a list goes on by its cursor, with its filters, and ends', async () => {
  const page = (ids: string[], nextCursor: string | null) => ({
    body: { data: ids.map((id) => ({ id })), nextCursor },
  });
  const pages = [page(['wd_3', 'wd_2'], 'c1'), page([], 'c 2'), page(['wd_1'], null)];
  const { drawbridge, asked } = laidDown(pages);
  const ids: string[] = [];
  for await (const { id } of drawbridge.withdrawals.list({ status: 'FAILED' })) ids.push(id);
  expect(ids).toEqual(['wd_3', 'wd_2', 'wd_1']);
  expect(asked.map(({ url }) => new URL(url).search)).toEqual([
    '?status=FAILED',
    '?status=FAILED&cursor=c1',
    '?status=FAILED&cursor=c+2',
  ]);
});

test.each(['COMPLETED', 'FAILED', 'CANCELLED', 'REVIEW'])('waitFor ends at %s', async (status) => {
  const looks = ['debiting', 'reserved', 'reserved'].map((stage) => ({
    body: { ...withdrawal, stage },
  }));
  const { drawbridge } = laidDown([...looks, { body: { ...withdrawal, status, stage: 'x' } }]);
  const stages: string[] = [];
  const onChange = ({ stage }: api.Withdrawal) => stages.push(stage);
  const ended = await flown(drawbridge.withdrawals.waitFor(withdrawal, { onChange }));
  expect(ended.status).toBe(status);
  expect(stages).toEqual(['debiting', 'reserved', 'x']);
});

test('waitFor gives up in time, and says nothing about the withdrawal', async () => {
  const { drawbridge } = laidDown([{ body: withdrawal }]);
  const error = await errorOf(drawbridge.withdrawals.waitFor('wd_1', { timeoutMs: 30_000 }));
  expect(error).toMatchObject({ code: 'TIMED_OUT', mayBeDone: true });
  expect(error.message).toContain('wd_1 is PROCESSING (reserved)');
});

test('a look that nobody answers ends with the waiting', async () => {
  const { drawbridge } = laidDown([{ body: withdrawal }, 'never']);
  const began = Date.now();
  const error = await errorOf(drawbridge.withdrawals.waitFor('wd_1', { timeoutMs: 3_000 }));
  expect(error).toMatchObject({ code: 'TIMED_OUT', attempts: 2 });
  expect(error.message).toContain('wd_1 is PROCESSING (reserved)');
  expect(Date.now() - began).toBeLessThan(4_000);
  const unseen = laidDown(['never']).drawbridge.withdrawals.waitFor('wd_1', { timeoutMs: 0 });
  expect((await errorOf(unseen)).message).toContain('wd_1 could not be looked at');
  const never = drawbridge.withdrawals.waitFor('wd_1', { timeoutMs: Number.NaN });
  expect((await errorOf(never)).code).toBe('WRONG_CALL');
});

test('a signal ends the waiting with its own reason, whatever it is doing', async () => {
  for (const laid of ['never', { body: withdrawal }] as const) {
    const stop = new AbortController();
    const waiting = laidDown([laid]).drawbridge.withdrawals.waitFor('wd_1', stop);
    const ended = waiting.catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(600);
    stop.abort('Enough.');
    expect(await ended).toBe('Enough.');
  }
});

test.each<[string, Laid]>([
  ['nothing', { status: 202, body: '' }],
  ['null', { status: 200, body: 'null' }],
  ['a word', { status: 200, body: '"ok"' }],
])('an acceptance with %s in it is none, and may be one', async (_what, laid) => {
  const { drawbridge } = laidDown([laid], { retries: 1 });
  const error = await errorOf(drawbridge.withdrawals.create(body, keyed));
  expect(error).toMatchObject({ code: 'UNEXPECTED_ANSWER', mayBeDone: true, attempts: 2 });
});

test.each<[string, object[]]>([
  ['without an end', [{ data: [{ id: 'wd_1' }] }]],
  ['that leads to itself', [{ data: [], nextCursor: 'a' }]],
  ['without data', [{ nextCursor: null }]],
])('a page %s ends a list with an error, and not never', async (_what, pages) => {
  const { drawbridge, asked } = laidDown(pages.map((page) => ({ body: page })));
  const all = async () => {
    for await (const { id } of drawbridge.withdrawals.list()) expect(id).toBe('wd_1');
  };
  expect((await errorOf(all())).code).toBe('UNEXPECTED_ANSWER');
  expect(asked.length).toBeLessThan(3);
});

test.each<[string, unknown]>([
  ['are a text', 'no'],
  ['have nothing', [null]],
])('a refusal whose fields %s is one all the same', async (_what, errors) => {
  const { drawbridge } = laidDown([problem(404, 'NOT_FOUND', { errors })]);
  const error = await errorOf(drawbridge.withdrawals.get('wd_1'));
  expect(error).toMatchObject({ code: 'NOT_FOUND', errors: [] });
});

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['a number', 17],
  ['empty', ''],
  ['of letters that headers lack', 'Zoë'],
  ['on two lines', 'a\nb'],
  ['with a space that would be cut off', 'a '],
  ['longer than the API takes', 'k'.repeat(256)],
])('a key that is %s is not sent, and asks for nothing else', async (_what, idempotencyKey) => {
  const { drawbridge, asked } = laidDown([accepted]);
  const key = { idempotencyKey } as { idempotencyKey: string };
  const calls = [
    drawbridge.withdrawals.create(body, key),
    drawbridge.wallets.transact('wal_1', { type: 'CREDIT', amount: '1.00' }, key),
    drawbridge.withdrawalBatches.create([{ key: 'line', ...body }], key),
    drawbridge.withdrawals.getByIdempotencyKey(key.idempotencyKey),
  ];
  for (const call of calls) expect((await errorOf(call)).code).toBe('WRONG_CALL');
  expect(asked).toEqual([]);
});

test('what is no call is refused as one that is wrong', async () => {
  const { drawbridge, asked } = laidDown([accepted]);
  const wrong = [
    drawbridge.withdrawals.create({ ...body, amount: 10n as unknown as string }, keyed),
    drawbridge.call('toString' as 'getHealth', {}),
    drawbridge.withdrawals.get('wd_1', { timeoutMs: Number.POSITIVE_INFINITY }),
    drawbridge.withdrawals.get('wd_1', { retries: 0.5 }),
  ];
  for (const call of wrong) expect((await errorOf(call)).code).toBe('WRONG_CALL');
  expect(asked).toEqual([]);
});

test('the routes that compile are those that can be paid', () => {
  const routes = {
    USDC: ['ethereum', 'base', 'polygon', 'arbitrum', 'solana'],
    ETH: ['ethereum', 'base', 'arbitrum'],
    SOL: ['solana'],
    BTC: ['bitcoin'],
  } as const satisfies {
    [A in Route['asset']]: readonly Extract<Route, { asset: A }>['network'][];
  };
  // And the other way round: each that the type has is here.
  type Named = { [A in keyof typeof routes]: { asset: A; network: (typeof routes)[A][number] } };
  const all: (route: Route) => Named[keyof Named] = (route) => route;
  expect(all({ asset: 'BTC', network: 'bitcoin' })).toBeTruthy();
  for (const asset of assets)
    expect(networks.filter((one) => networkSettings[one].assets.includes(asset))).toEqual(
      routes[asset],
    );
});

test.each(['', '.', '..'])(
  'an id of %j would ask for something else, and is not sent',
  async (id) => {
    const { drawbridge, asked } = laidDown([accepted]);
    expect((await errorOf(drawbridge.withdrawals.get(id))).code).toBe('WRONG_CALL');
    await flown(drawbridge.withdrawals.get('a/b?c'));
    expect(asked.map(({ url }) => url)).toEqual(['https://api.example/v1/withdrawals/a%2Fb%3Fc']);
  },
);

test.each([
  { apiKey: '' },
  { apiKey: 'dk_x\n' },
  { baseUrl: '' },
  { baseUrl: 'api.example' },
  { baseUrl: 'ftp://api.example' },
  { baseUrl: 'https://api.example?stage=1' },
  { baseUrl: 'https://api.example/#x' },
  { baseUrl: 'https://user:secret@api.example' },
  { timeoutMs: Number.NaN },
  { timeoutMs: Number.POSITIVE_INFINITY },
  { timeoutMs: 0 },
  { retries: -1 },
  { retries: Number.NaN },
])('a client of %j is none', (options) => {
  expect(() => laidDown([], options)).toThrow(expect.objectContaining({ code: 'WRONG_CALL' }));
});
