/** Each fault does what its name says, and nothing when it is off; the same seed gives the same faults. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { type Faults, makeFaults } from '../../local/simulators/faults.ts';
import { applyRoute, type Handle, serveJson } from '../../local/simulators/http.ts';
import { until } from './due-client.ts';

/** The things that the provider has made: each POST makes one more. */
let made: { name: string; atMs: number }[];
let faults: Faults;
let server: { baseUrl: string; stop(): Promise<void> };

const handle: Handle = (request) =>
  applyRoute(
    [
      {
        method: 'POST',
        path: '/things/:name',
        handle: (_, name = '') => {
          made.push({ name, atMs: Date.now() });
          return { status: 200, body: { made: name } };
        },
      },
      {
        method: 'GET',
        path: '/things',
        handle: ({ asOfMs = Number.MAX_SAFE_INTEGER }) => ({
          status: 200,
          body: made.filter(({ atMs }) => atMs <= asOfMs).map(({ name }) => name),
        }),
      },
    ],
    request,
  ) ?? { status: 404, body: null };

beforeEach(async () => {
  made = [];
  faults = makeFaults({
    operations: { 'thing.create': 'POST /things/:name', 'thing.list': 'GET /things' },
    events: ['thing.made'],
    error: (status) => ({ status, body: { wrong: status } }),
    limited: (untilMs) => ({
      status: 429,
      body: { wrong: 429 },
      headers: { 'x-reset': String(untilMs) },
    }),
    truth: () => ({ made: made.length }),
  });
  server = await serveJson(0, faults.around(handle));
});
afterEach(async () => {
  faults.stop();
  await server.stop();
});

type Got = { status: number; body: unknown; headers: Headers } | { lost: string };
async function ask(method: string, path: string, body?: unknown): Promise<Got> {
  try {
    const response = await fetch(server.baseUrl + path, {
      method,
      signal: AbortSignal.timeout(2_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    return { status, body: (await response.json()) as unknown, headers };
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    return { lost: cause?.code ?? name };
  }
}
const make = (name = 'a'): Promise<Got> => ask('POST', `/things/${name}`);
const set = async (rule: unknown): Promise<void> => {
  expect(await ask('POST', '/_faults', rule)).toMatchObject({ status: 200 });
};
const truth = async (): Promise<unknown> => {
  const got = await ask('GET', '/_truth');
  return 'body' in got ? (got.body as { made: unknown }).made : got.lost;
};

// biome-ignore format: columns are the point
test.each<[string, object, object, number]>([
  ['applied-then-timeout',                { kind: 'applied-then-timeout' },                    { lost: 'UND_ERR_SOCKET' },               1],
  ['applied-then-timeout, in silence',    { kind: 'applied-then-timeout', answer: 'silence' }, { lost: 'TimeoutError' },                 1],
  ['timeout-not-applied',                 { kind: 'timeout-not-applied' },                     { lost: 'UND_ERR_SOCKET' },               0],
  ['timeout-not-applied, in silence',     { kind: 'timeout-not-applied', answer: 'silence' },  { lost: 'TimeoutError' },                 0],
  ['error-after-applying',                { kind: 'error-after-applying' },                    { status: 500, body: { wrong: 500 } },    1],
  ['error-after-applying, another error', { kind: 'error-after-applying', status: 502 },       { status: 502 },                          1],
  ['error',                               { kind: 'error' },                                   { status: 503, body: { wrong: 503 } },    0],
  ['duplicate',                           { kind: 'duplicate' },                               { status: 200, body: { made: 'a' } },     2],
  ['slow',                                { kind: 'slow', byMs: 20 },                          { status: 200, body: { made: 'a' } },     1],
  ['reset',                               { kind: 'reset' },                                   { lost: 'ECONNRESET' },                   0],
  ['429',                                 { kind: '429' },                                     { status: 429, body: { wrong: 429 } },    0],
  ['no fault for another operation',      { kind: 'error', operation: 'thing.list' },          { status: 200, body: { made: 'a' } },     1],
])('%s', async (_, rule, answer, applied) => {
  await set({ operation: 'thing.create', times: 1, ...rule });
  expect(await make()).toMatchObject(answer);
  expect(await truth()).toBe(applied);
  if ('operation' in rule) return;
  expect(await make('b')).toMatchObject({ status: 200, body: { made: 'b' } });
  expect(await truth()).toBe(applied + 1);
});

test('a slow answer is late, and what was asked for is done at once', async () => {
  await set({ operation: 'thing.create', kind: 'slow', byMs: 86_400_000 });
  const asked = make();
  await until(async () => (await truth()) === 1);
  faults.stop();
  expect(await asked).toEqual({ lost: 'UND_ERR_SOCKET' });
});

test.each([
  ['hang-up', { lost: 'UND_ERR_SOCKET' }],
  ['error', { status: 504, body: { wrong: 504 } }],
])('delayed-apply answers with %s, and does it later', async (answer, got) => {
  await set({ operation: '*', kind: 'delayed-apply', afterMs: 300, answer, times: 1 });
  expect(await make()).toMatchObject(got);
  expect(made).toEqual([]);
  expect(await ask('GET', '/_faults')).toMatchObject({ body: { underway: 1 } });
  await until(async () => (await truth()) === 1);
  await until(async () => JSON.stringify(await ask('GET', '/_faults')).includes('"underway":0'));
});

test('what is delayed is lost when the provider stops', async () => {
  await set({ operation: '*', kind: 'delayed-apply', afterMs: 50 });
  const api = faults.around(handle);
  const request = { method: 'POST', query: new URLSearchParams(), headers: {}, text: '' };
  jest.useFakeTimers();
  await api({ ...request, path: '/things/done' });
  await jest.advanceTimersByTimeAsync(50);
  await api({ ...request, path: '/things/lost' });
  faults.stop();
  await jest.advanceTimersByTimeAsync(50);
  jest.useRealTimers();
  expect(made).toMatchObject([{ name: 'done' }]);
});

test('a stale list does not know what is new', async () => {
  await make('old');
  const then = Date.now();
  await until(async () => Date.now() > then);
  await set({ operation: 'thing.list', kind: 'stale-list', byMs: 0, times: 1 });
  expect(await ask('GET', '/things')).toMatchObject({ body: ['old'] });
  await set({ operation: 'thing.list', kind: 'stale-list', byMs: 86_400_000, times: 1 });
  expect(await ask('GET', '/things')).toMatchObject({ body: [] });
  expect(await ask('GET', '/things')).toMatchObject({ body: ['old'] });
});

test('429 says until when, in the words of the provider', async () => {
  const before = Date.now();
  await set({ operation: '*', kind: '429', forMs: 60_000 });
  const got = await make();
  const reset = 'headers' in got ? Number(got.headers.get('x-reset')) : 0;
  expect(reset).toBeGreaterThanOrEqual(before + 60_000);
});

/** Whether each of so many calls was struck. */
async function struck(rule: object, calls: number): Promise<boolean[]> {
  await ask('DELETE', '/_faults');
  await set({ operation: 'thing.create', kind: 'error', ...rule });
  const found: boolean[] = [];
  for (let call = 0; call < calls; call += 1) {
    const got = await make();
    found.push('status' in got && got.status === 503);
  }
  return found;
}

test('a probability strikes about so often, the same with the same seed and other with another', async () => {
  const first = await struck({ probability: 0.3, seed: 7 }, 200);
  expect(first.filter(Boolean).length).toBeGreaterThan(40);
  expect(first.filter(Boolean).length).toBeLessThan(80);
  expect(await struck({ probability: 0.3, seed: 7 }, 200)).toEqual(first);
  expect(await struck({ probability: 0.3, seed: 8 }, 200)).not.toEqual(first);
});

test('for the next n times, and no more; a probability says which', async () => {
  expect(await struck({ times: 2 }, 4)).toEqual([true, true, false, false]);
  const some = await struck({ probability: 0.5, times: 3 }, 50);
  expect(some.filter(Boolean)).toHaveLength(3);
  expect(some.slice(0, 3)).not.toEqual([true, true, true]);
});

test('of several rules the first that strikes counts; all are shown, and gone when deleted', async () => {
  await set([
    { operation: 'thing.create', kind: 'error', status: 501, times: 1 },
    { operation: 'POST /things/{name}', kind: 'error', status: 502, times: 1 },
    { operation: '*', kind: 'error', status: 503 },
  ]);
  for (const status of [501, 502, 503, 503]) expect(await make()).toMatchObject({ status });
  expect(await ask('GET', '/_faults')).toMatchObject({
    body: {
      rules: [
        { operation: 'thing.create', kind: 'error', status: 501, times: 1, calls: 1, strikes: 1 },
        { operation: 'POST /things/{name}', strikes: 1 },
        { operation: '*', probability: 1, seed: 1, times: null, calls: 2, strikes: 2 },
      ],
      underway: 0,
    },
  });
  expect(await ask('DELETE', '/_faults')).toMatchObject({ body: { rules: [] } });
  expect(await make()).toMatchObject({ status: 200 });
});

test.each(['out-of-order', 'missing', 'duplicate', 'forged'])('an event %s', async (kind) => {
  expect(faults.onEvent('thing.made')).toBeNull();
  await set({ event: 'thing.made', kind, times: 1 });
  expect(await make()).toMatchObject({ status: 200 });
  expect(faults.onEvent('thing.other')).toBeNull();
  expect(faults.onEvent('thing.made')).toMatchObject({ kind });
  expect(faults.onEvent('thing.made')).toBeNull();
});

test.each([
  ['no JSON object', 'nothing', /a rule, or a list/],
  ['nobody to meet it', { kind: 'error' }, /operation/],
  ['no kind', { operation: '*' }, /kind/],
  ['a kind that does not exist', { operation: '*', kind: 'earthquake' }, /kind/],
  ['an event fault of an operation', { operation: '*', kind: 'forged' }, /kind/],
  [
    'an operation that does not exist',
    { operation: 'thing.delete', kind: 'error' },
    /thing.create/,
  ],
  ['an event that does not exist', { event: 'thing.lost', kind: 'missing' }, /thing.made/],
  ['a probability over 1', { operation: '*', kind: 'error', probability: 2 }, /probability/],
  ['a field of another kind', { operation: '*', kind: 'reset', afterMs: 5 }, /afterMs/],
  ['a field that does not exist', { operation: '*', kind: 'reset', chance: 1 }, /chance/],
])('a rule is refused: %s', async (_, rule, message) => {
  const got = await ask('POST', '/_faults', rule);
  expect(got).toMatchObject({ status: 400, body: { message: expect.stringMatching(message) } });
  expect(await ask('GET', '/_faults')).toMatchObject({ body: { rules: [] } });
});
