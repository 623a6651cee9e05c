/** Batches of withdrawals: each line stands alone, and the batch's own key replays the whole. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dynamoLineBuckets } from '../../lambdas/adapters/dynamo/line-buckets.ts';
import { dynamoLists } from '../../lambdas/adapters/dynamo/lists.ts';
import { dynamoBatches } from '../../lambdas/adapters/dynamo/withdrawal-batches.ts';
import type { batchHandlers as BatchHandlers, BatchHandling } from '../../lambdas/api/batches.ts';
import { jsonBody } from '../../lambdas/api/json-body.ts';
import { perform, type Reply } from '../../lambdas/api/perform.ts';
import { withdrawalBatchId } from '../../lambdas/core/kernel/ids.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import { makeAcceptWithdrawal } from '../../lambdas/core/requests/accept.ts';
import { batchBytesMax } from '../../lambdas/core/requests/batch-limits.ts';
import { makeListWithdrawals } from '../../lambdas/core/requests/list.ts';
import { isProblem, type Problem } from '../../lambdas/core/requests/problem.ts';
import { CreateWithdrawal, ListWithdrawals } from '../../lambdas/core/requests/schemas.ts';
import { noLimits } from '../../lambdas/core/withdrawal/counters.ts';
import { moveTo } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { testSwitches } from '../support/gates.ts';
import { at, destination, minorOf, testClock, walletOf } from '../support/things.ts';
import { move, startWorld, type TestWorld } from '../support/world.ts';

const environment = process.env;
let database: TestDatabase;
let world: TestWorld;
let batchHandlers: typeof BatchHandlers;
beforeAll(async () => {
  process.env = { ...environment, LOG_LEVEL: 'CRITICAL', POWERTOOLS_METRICS_DISABLED: 'true' };
  database = await startDatabase();
  world = await startWorld(database);
  ({ batchHandlers } = await import('../../lambdas/api/batches.ts'));
});
afterAll(() => {
  process.env = environment;
  database.stop();
});

type Result = {
  key: string | null;
  status: number;
  withdrawal?: { id: string; amount: string; status: string; idempotencyKey: string };
  error?: { code: string; status: number; errors?: { pointer: string; code: string }[] };
};
type Answered = { status: number; replayed: boolean; id: string; results: Result[] };

const usdc = { assets: ['USDC'] as const, ours: [] };
let tenants = 0;

async function setUp(given: Partial<BatchHandling> = {}, wallets: Partial<Wallet>[] = [{}]) {
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const made = wallets.map((one) => walletOf({ tenant, ...one }));
  for (const wallet of made) await world.requests.createWallet(wallet);
  const clock = testClock(1_760_000_000_000);
  const ticking = {
    ...clock,
    now: () => {
      clock.advance(1);
      return clock.now();
    },
  };
  const { switches, turnOff, turnOn } = testSwitches();
  const accepting = {
    requests: world.requests,
    store: world.store,
    limits: noLimits,
    brokerage: null,
    switches,
    clock: ticking,
    idSecret: `secret of ${tenant}`,
    keyTtlMs: null,
    dueAfterMs: 1_000,
    networks: new Map([['ethereum', usdc] as const, ['base', usdc] as const]),
    ...given.accepting,
  };
  const handling = {
    gates: { during: async <T>(work: () => Promise<T>) => work() },
    clock,
    store: world.store,
    batches: dynamoBatches(database.client, database.tables),
    allowance: {
      buckets: dynamoLineBuckets(database.client, database.tables),
      rate: { perSecond: 5_000, burst: 5_000 },
    },
    explorers: new Map(),
    ...given,
    accepting,
  };
  const handlers = batchHandlers(handling);
  const caller = {
    ...{ id: `key of ${tenant}`, principal: null, tenant },
    scopes: ['withdrawals:write', 'withdrawals:read'],
  };
  const sendText = (key: string | null, text: string, scopes = caller.scopes) =>
    perform(
      'createWithdrawalBatch',
      handlers.createWithdrawalBatch,
      { ...caller, scopes },
      {
        path: {},
        query: {},
        idempotencyKey: key,
        body: (bytesMax) => jsonBody(Buffer.from(text), 'application/json', bytesMax),
      },
    );
  const send = (key: string | null, lines: unknown) =>
    sendText(key, JSON.stringify({ withdrawals: lines }));
  const post = async (key: string, lines: unknown): Promise<Answered> => {
    const reply = await send(key, lines);
    if (isProblem(reply)) throw new Error(`${reply.problem}: ${reply.detail}`);
    return answeredBy(reply);
  };
  const line = (key: unknown, fields: object = {}) => ({
    key,
    walletId: made[0]?.id,
    amount: '10.00',
    asset: 'USDC',
    network: 'ethereum',
    destinationAddress: destination,
    ...fields,
  });
  const show = async (id: string, of = tenant) =>
    perform(
      'getWithdrawalBatch',
      handlers.getWithdrawalBatch,
      { ...caller, tenant: of },
      {
        path: { id },
        query: {},
        idempotencyKey: null,
        body: () => ({ value: undefined }),
      },
    );
  const alone = async (key: string, fields: object = {}) => {
    const { key: _, ...request } = line(key, fields);
    const accepted = await makeAcceptWithdrawal(accepting)(
      tenant,
      key,
      CreateWithdrawal.parse(request),
    );
    if (isProblem(accepted)) throw new Error(accepted.problem);
    return accepted;
  };
  const list = async (filters: Record<string, string>) => {
    const { limit, cursor, ...rest } = ListWithdrawals.parse(filters);
    const lists = dynamoLists(database.client, database.tables);
    const page = await makeListWithdrawals({ ...accepting, ...handling, lists }, ({ id }) => id)(
      tenant,
      rest,
      { limit, cursor },
    );
    if (isProblem(page)) throw new Error(page.problem);
    return page;
  };
  return {
    ...{ tenant, wallets: made, clock, accepting, handling, caller },
    ...{ send, sendText, post, line, show, alone, list, turnOff, turnOn },
  };
}

const answeredBy = ({ status, body, headers = {} }: Reply): Answered => ({
  ...(body as { id: string; results: Result[] }),
  status,
  replayed: headers['idempotent-replayed'] === 'true',
});
const codesOf = ({ results }: Answered) =>
  results.map(({ status, error }) => error?.code ?? status);
const idsOf = ({ results }: Answered) => results.map(({ withdrawal }) => withdrawal?.id);
const codeOf = (reply: Reply | Problem) => (isProblem(reply) ? reply.problem : reply.status);

test('each line is accepted as if it were alone, and one that is refused changes nothing for the others', async () => {
  const { post, line } = await setUp({}, [{}, { status: 'SUSPENDED' }]);
  const answer = await post('b', [
    line('1'),
    line('2', { amount: 10 }),
    line('3', { amount: '0.001' }),
    line('4', { walletId: `wal_${'z'.repeat(26)}` }),
    line('5', { network: 'tron' }),
    line('6', { destinationAddress: '0x0' }),
    line('7', { colour: 'red' }),
    line(undefined),
    line(8),
    line('nine and a half'),
    'ten',
    null,
    line('last', { amount: '11.00', network: 'base' }),
  ]);
  expect(answer.status).toBe(202);
  expect(answer.id).toMatch(/^wb_[0-9a-z]{26}$/);
  expect(codesOf(answer)).toEqual([
    202,
    'INVALID_AMOUNT',
    'INVALID_AMOUNT',
    'NOT_FOUND',
    'NETWORK_NOT_SUPPORTED',
    'INVALID_ADDRESS',
    'INVALID_REQUEST',
    'IDEMPOTENCY_KEY_REQUIRED',
    'IDEMPOTENCY_KEY_INVALID',
    'IDEMPOTENCY_KEY_INVALID',
    'IDEMPOTENCY_KEY_REQUIRED',
    'IDEMPOTENCY_KEY_REQUIRED',
    202,
  ]);
  expect(answer.results[6]?.error?.errors).toEqual([
    expect.objectContaining({ pointer: '#/colour', code: 'UNKNOWN_FIELD' }),
  ]);
  expect(answer.results[0]?.key).toBe('1');
  expect(answer.results[12]?.withdrawal).toMatchObject({ amount: '11.00', status: 'PENDING' });
});

test('a line is the withdrawal that the same key makes alone, before and after', async () => {
  const { post, line, alone } = await setUp();
  const before = await alone('before');
  const answer = await post('b', [line('before'), line('after')]);
  expect(codesOf(answer)).toEqual([200, 202]);
  expect(answer.results[0]?.withdrawal?.id).toBe(before.item.id);
  const after = await alone('after');
  expect(after).toMatchObject({ replayed: true, item: { id: answer.results[1]?.withdrawal?.id } });
});

test("a key that another request has used is refused for its line alone, and that request's withdrawal is not the batch's", async () => {
  const { post, line, alone, show, list } = await setUp();
  await alone('used', { amount: '99.00' });
  const answer = await post('b', [line('1'), line('used'), line('2')]);
  expect(codesOf(answer)).toEqual([202, 'IDEMPOTENCY_KEY_REUSED', 202]);
  expect(await show(answer.id)).toMatchObject({
    body: { total: 3, byStatus: { PENDING: 2, REFUSED: 1 } },
  });
  expect((await list({ batchId: answer.id })).data).toHaveLength(2);
  expect(await post('b', [line('1'), line('used'), line('2')])).toMatchObject({
    replayed: true,
    results: [{ status: 200 }, { status: 422 }, { status: 200 }],
  });
});

test('two lines with one key: the first counts, and the second is its replay or another request', async () => {
  const { post, line, wallets } = await setUp({}, [{}, {}]);
  const lines = [
    line('twice'),
    line('twice', { amount: '10' }),
    line('twice', { amount: '11.00' }),
    line('twice', { walletId: wallets[1]?.id }),
  ];
  const answer = await post('b', lines);
  expect(codesOf(answer)).toEqual([202, 200, 'IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_REUSED']);
  expect(idsOf(answer)[1]).toBe(idsOf(answer)[0]);
});

test('the same batch again is answered with the same withdrawals as they are now', async () => {
  const { post, line } = await setUp();
  const first = await post('b', [line('1'), line('2')]);
  const [one] = await world.store.withdrawals([first.results[0]?.withdrawal?.id as 'wd_']);
  if (one?.stage !== 'requested') throw new Error('a new withdrawal is requested');
  await move(world.store, one, moveTo(one, 'reserved', {}, at(one.createdAt + 1)));
  // Neither the order of fields nor zeros nor the case of the address make it another batch.
  const { destinationAddress, ...rest } = line('1', { amount: '10.0' });
  const again = await post('b', [
    { destinationAddress: destinationAddress.toLowerCase(), ...rest },
    line('2', { maxRetries: 3, metadata: {}, reference: null }),
  ]);
  expect(again).toMatchObject({ status: 200, replayed: true, id: first.id });
  expect(idsOf(again)).toEqual(idsOf(first));
  expect(again.results.map(({ status, withdrawal }) => [status, withdrawal?.status])).toEqual([
    [200, 'PROCESSING'],
    [200, 'PENDING'],
  ]);
});

test.each<[string, (line: (key: string, fields?: object) => object) => object[]]>([
  ['another amount', (line) => [line('1', { amount: '10.01' }), line('2')]],
  ['another key of a line', (line) => [line('1'), line('3')]],
  ['another order', (line) => [line('2'), line('1')]],
  ['a line more', (line) => [line('1'), line('2'), line('3')]],
  ['a line less', (line) => [line('1')]],
  ['a line that is wrong', (line) => [line('1'), line('2', { colour: 'red' })]],
])(
  '%s under the same key is another batch, and nothing of it is accepted',
  async (_what, other) => {
    const { send, post, line, list } = await setUp();
    const { id } = await post('b', [line('1'), line('2')]);
    expect(codeOf(await send('b', other(line)))).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await list({})).data).toHaveLength(2);
    expect((await list({ batchId: id })).data).toHaveLength(2);
  },
);

test('what was refused stays refused for this batch, so that nobody is paid twice who was paid another way', async () => {
  const { post, line, wallets, alone } = await setUp({}, [{}, { status: 'SUSPENDED' }]);
  const [, suspended] = wallets;
  if (suspended === undefined) throw new Error('two wallets');
  const lines = [line('1'), line('2', { walletId: suspended.id }), line('3', { amount: 1 })];
  expect(codesOf(await post('b', lines))).toEqual([202, 'WALLET_SUSPENDED', 'INVALID_AMOUNT']);
  await world.requests.updateWallet(suspended, { ...suspended, status: 'ACTIVE' });
  expect(codesOf(await post('b', lines))).toEqual([200, 'WALLET_SUSPENDED', 'INVALID_AMOUNT']);
  // Posted alone it is accepted under its own key, and the batch says so from then on.
  const { item } = await alone('2', { walletId: suspended.id });
  const last = await post('b', lines);
  expect(codesOf(last)).toEqual([200, 200, 'INVALID_AMOUNT']);
  expect(idsOf(last)[1]).toBe(item.id);
});

test('lines of one wallet are accepted in their order, whatever the other wallets do', async () => {
  const { post, line, wallets, list } = await setUp({}, [{}, {}, {}]);
  const lines = Array.from({ length: 60 }, (_, index) =>
    line(`k${index}`, { walletId: wallets[index % 3]?.id }),
  );
  const { id, results } = await post('b', lines);
  const first = results.filter((_, index) => index % 3 === 0).map((one) => one.withdrawal?.id);
  const listed: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { data: string[]; nextCursor: string | null } = await list({
      ...{ batchId: id, walletId: String(wallets[0]?.id), limit: '7' },
      ...(cursor === null ? {} : { cursor }),
    });
    listed.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(listed.toReversed()).toEqual(first);
});

test('the same batch at once many times: one creates it, and each line is one withdrawal', async () => {
  const { post, line, list } = await setUp();
  const lines = Array.from({ length: 20 }, (_, index) => line(`k${index}`));
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('b', lines)));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 202]);
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  for (const answer of answers) expect(idsOf(answer)).toEqual(idsOf(answers[0] as Answered));
  const created = answers.flatMap(({ results }) => results.filter((one) => one.status === 202));
  expect(created).toHaveLength(20);
  expect((await list({ limit: '100' })).data).toHaveLength(20);
});

test('a crash between two lines loses nothing: the same batch goes on where it was left', async () => {
  let left = 5;
  const crashing: TestWorld['requests']['createWithdrawal'] = (...given) => {
    left -= 1;
    if (left < 0) throw new Error('the function died');
    return world.requests.createWithdrawal(...given);
  };
  const before = await setUp();
  const requests = { ...world.requests, createWithdrawal: crashing };
  const { accepting, handling, caller } = before;
  const dying = batchHandlers({ ...handling, accepting: { ...accepting, requests } });
  const lines = Array.from({ length: 12 }, (_, index) => before.line(`k${index}`));
  lines.push(before.line('wrong', { amount: 1 }));
  const body = () => ({ value: { withdrawals: lines } });
  await expect(
    perform('createWithdrawalBatch', dying.createWithdrawalBatch, caller, {
      ...{ path: {}, query: {}, idempotencyKey: 'b', body },
    }),
  ).rejects.toThrow('the function died');
  const batchId = withdrawalBatchId(accepting.idSecret, before.tenant, 'b', 0);
  expect(await before.show(batchId)).toMatchObject({
    body: { total: 13, byStatus: { PENDING: 5 } },
  });
  expect((await before.list({ batchId })).data).toHaveLength(5);

  const again = await before.post('b', lines);
  expect(again).toMatchObject({ id: batchId, status: 200, replayed: true });
  expect(codesOf(again)).toEqual([
    ...Array.from({ length: 5 }, () => 200),
    ...Array.from({ length: 7 }, () => 202),
    'INVALID_AMOUNT',
  ]);
  expect(await before.show(batchId)).toMatchObject({
    body: { total: 13, byStatus: { PENDING: 12, REFUSED: 1 } },
  });
});

test('until a batch is through, what was there before under its keys is not counted as its own', async () => {
  const { alone, line, accepting, handling, caller, show, list, tenant } = await setUp();
  await alone('old', { amount: '99.00' });
  const requests = {
    ...world.requests,
    createWithdrawal: async () => {
      throw new Error('the function died');
    },
  };
  const dying = batchHandlers({ ...handling, accepting: { ...accepting, requests } });
  const body = () => ({ value: { withdrawals: [line('old'), line('new')] } });
  const sent = { path: {}, query: {}, idempotencyKey: 'b', body };
  await expect(
    perform('createWithdrawalBatch', dying.createWithdrawalBatch, caller, sent),
  ).rejects.toThrow('died');
  const id = withdrawalBatchId(accepting.idSecret, tenant, 'b', 0);
  expect(await show(id)).toMatchObject({ body: { total: 2, byStatus: {} } });
  expect((await list({ batchId: id })).data).toEqual([]);
});

test('nothing is accepted while the switch is off, and no key is used up', async () => {
  const { send, post, line, list, turnOff, turnOn } = await setUp();
  turnOff('accept');
  expect(codeOf(await send('b', [line('1')]))).toBe('TEMPORARILY_UNAVAILABLE');
  expect((await list({})).data).toEqual([]);
  turnOn();
  // Another batch under the same key: the first one was never there.
  expect(codesOf(await post('b', [line('2')]))).toEqual([202]);
});

test('a switch that is turned off in the middle ends the batch with 503, and on again it goes on', async () => {
  const { accepting, handling, caller, line, post, list } = await setUp();
  let asked = 0;
  const switches = { held: async () => (++asked > 4 ? ('switch' as const) : null) };
  const stopping = batchHandlers({ ...handling, accepting: { ...accepting, switches } });
  const lines = Array.from({ length: 8 }, (_, index) => line(`k${index}`));
  const body = () => ({ value: { withdrawals: lines } });
  const sent = { path: {}, query: {}, idempotencyKey: 'b', body };
  const reply = await perform(
    'createWithdrawalBatch',
    stopping.createWithdrawalBatch,
    caller,
    sent,
  );
  expect(codeOf(reply)).toBe('TEMPORARILY_UNAVAILABLE');
  expect((await list({})).data).toHaveLength(3);
  expect(codesOf(await post('b', lines))).toEqual([200, 200, 200, 202, 202, 202, 202, 202]);
});

test('a batch that takes too long is answered in time, and the same batch goes on', async () => {
  const { accepting, handling, caller, line, post, clock } = await setUp();
  const createWithdrawal: TestWorld['requests']['createWithdrawal'] = (...given) => {
    clock.advance(6_000);
    return world.requests.createWithdrawal(...given);
  };
  const requests = { ...world.requests, createWithdrawal };
  const slow = batchHandlers({ ...handling, accepting: { ...accepting, requests } });
  const lines = Array.from({ length: 70 }, (_, index) => line(`k${index}`));
  const body = () => ({ value: { withdrawals: lines } });
  const sent = { path: {}, query: {}, idempotencyKey: 'b', body };
  const reply = await perform('createWithdrawalBatch', slow.createWithdrawalBatch, caller, sent);
  expect(codeOf(reply)).toBe('TEMPORARILY_UNAVAILABLE');
  const codes = codesOf(await post('b', lines));
  const done = codes.indexOf(202);
  expect(done).toBeGreaterThan(30);
  expect(codes).toEqual([...Array(done).fill(200), ...Array(70 - done).fill(202)]);
});

// biome-ignore format: columns are the point
test.each<[string, string, string | number]>([
  ['no lines',               '{"withdrawals":[]}',                  'INVALID_REQUEST'],
  ['no list',                '{"withdrawals":{}}',                  'INVALID_REQUEST'],
  ['nothing',                '{}',                                  'INVALID_REQUEST'],
  ['an unknown field',       '{"withdrawals":[1],"dryRun":true}',   'INVALID_REQUEST'],
  ['a field twice',          '{"withdrawals":[{"key":"1","key":"2"}]}', 'INVALID_REQUEST'],
  ['501 lines',              `{"withdrawals":[${'1,'.repeat(500)}1]}`, 'INVALID_REQUEST'],
  ['500 lines',              `{"withdrawals":[${'1,'.repeat(499)}1]}`, 202],
  ['a body of 1 MiB',        `{"withdrawals":["${'x'.repeat(batchBytesMax - 20)}"]}`, 202],
  ['a body of 1 MiB and 1',  `{"withdrawals":["${'x'.repeat(batchBytesMax - 19)}"]}`, 'PAYLOAD_TOO_LARGE'],
])('%s', async (_what, text, expected) => {
  const { sendText } = await setUp();
  expect(codeOf(await sendText('b', text))).toBe(expected);
});

test('the key of the batch, and the scope', async () => {
  const { send, sendText, line } = await setUp();
  expect(codeOf(await send(null, [line('1')]))).toBe('IDEMPOTENCY_KEY_REQUIRED');
  expect(codeOf(await send('ü', [line('1')]))).toBe('IDEMPOTENCY_KEY_INVALID');
  const text = JSON.stringify({ withdrawals: [line('1')] });
  expect(codeOf(await sendText('b', text, ['withdrawals:read']))).toBe('FORBIDDEN');
});

test('lines count against the rate of the key, and a batch that is turned away uses up nothing', async () => {
  const { handling, line, clock, send, post } = await setUp({
    allowance: {
      buckets: dynamoLineBuckets(database.client, database.tables),
      rate: { perSecond: 10, burst: 20 },
    },
  });
  expect(handling.allowance.rate.burst).toBe(20);
  const lines = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => line(`${name}${index}`, { amount: 1 }));
  await post('a', lines(15, 'a')); // Of 20, 5 are left.
  await post('b', lines(45, 'b')); // It is let in, and has taken 40 too much.
  const refused = await send('c', lines(1, 'c'));
  expect(refused).toMatchObject({ problem: 'RATE_LIMITED', headers: { 'retry-after': '4' } });
  clock.advance(3_900);
  expect(codeOf(await send('c', lines(1, 'c')))).toBe('RATE_LIMITED');
  clock.advance(200);
  expect(codeOf(await send('c', [...lines(1, 'c'), line('other')]))).toBe(202);
});

test('batches at once take their lines one after the other', async () => {
  const { send, line } = await setUp({
    allowance: {
      buckets: dynamoLineBuckets(database.client, database.tables),
      rate: { perSecond: 0.001, burst: 20 },
    },
  });
  const tens = (name: string) =>
    Array.from({ length: 10 }, (_, index) => line(`${name}${index}`, { amount: 1 }));
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => send(name, tens(name))));
  expect(answers.map(codeOf).sort()).toEqual([202, 202, 'RATE_LIMITED', 'RATE_LIMITED']);
});

test("a wallet's daily limit holds line by line", async () => {
  const limits = { ...noLimits, perWalletAndDay: { USD: minorOf(2_500n) } };
  const base = await setUp();
  const limited = batchHandlers({
    ...base.handling,
    accepting: { ...base.accepting, limits },
  });
  const lines = ['1', '2', '3'].map((key) => base.line(key));
  const body = () => ({ value: { withdrawals: [...lines, base.line('4', { amount: '5.00' })] } });
  const sent = { path: {}, query: {}, idempotencyKey: 'b', body };
  const reply = await perform(
    'createWithdrawalBatch',
    limited.createWithdrawalBatch,
    base.caller,
    sent,
  );
  if (isProblem(reply)) throw new Error(reply.detail);
  expect(codesOf(answeredBy(reply))).toEqual([202, 202, 'LIMIT_EXCEEDED', 202]);
  const again = await perform(
    'createWithdrawalBatch',
    limited.createWithdrawalBatch,
    base.caller,
    sent,
  );
  if (isProblem(again)) throw new Error(again.detail);
  expect(answeredBy(again).results[2]?.error).toMatchObject({ limit: '25.00', remaining: '5.00' });
});

test('another tenant sees no batch, and lists nothing by its id', async () => {
  const { post, line, show, list } = await setUp();
  const { id } = await post('b', [line('1')]);
  expect(await show(id)).toMatchObject({ status: 200, body: { id, total: 1 } });
  expect(codeOf(await show(id, 'mallory'))).toBe('NOT_FOUND');
  expect(codeOf(await show('wb_1'))).toBe('NOT_FOUND');
  expect(codeOf(await show(`wb_${'0'.repeat(26)}`))).toBe('NOT_FOUND');
  const other = await setUp();
  expect((await other.list({ batchId: id })).data).toEqual([]);
  expect((await list({ batchId: 'wb_1' })).data).toEqual([]);
});

test('five hundred refusals in words fit into one item', async () => {
  const { post, line } = await setUp();
  const lines = Array.from({ length: 500 }, (_, index) =>
    line(`${'k'.repeat(200)}${index}`, { walletId: `wal_${String(index).padStart(26, '0')}x` }),
  );
  expect(new Set(codesOf(await post('b', lines)))).toEqual(new Set(['NOT_FOUND']));
  expect(new Set(codesOf(await post('b', lines)))).toEqual(new Set(['NOT_FOUND']));
});

test('the brokerage is asked once for each account, and not for each line', async () => {
  let asked = 0;
  const account = async () => {
    asked += 1;
    const value = { usable: true, transferable: minorOf(1_500n) };
    return { ok: true as const, value };
  };
  const funding = { type: 'alpaca' as const, accountId: 'a11ce000-0000-4000-8000-000000000001' };
  const base = await setUp({}, [{ funding: funding as Wallet['funding'] }]);
  const asking = batchHandlers({
    ...base.handling,
    accepting: { ...base.accepting, brokerage: { account: account as never } },
  });
  const lines = ['1', '2', '3'].map((key) => base.line(key));
  const body = () => ({ value: { withdrawals: [...lines, base.line('4', { amount: '20.00' })] } });
  const sent = { path: {}, query: {}, idempotencyKey: 'b', body };
  const reply = await perform(
    'createWithdrawalBatch',
    asking.createWithdrawalBatch,
    base.caller,
    sent,
  );
  if (isProblem(reply)) throw new Error(reply.detail);
  expect(codesOf(answeredBy(reply))).toEqual([202, 202, 202, 'INSUFFICIENT_FUNDS']);
  expect(asked).toBe(1);
});

test('a key that expires names a new batch, whose lines have new keys, too', async () => {
  const base = await setUp();
  const hour = 3_600_000;
  const handlers = batchHandlers({
    ...base.handling,
    accepting: { ...base.accepting, keyTtlMs: hour },
  });
  const send = async (amount: string) => {
    const body = () => ({ value: { withdrawals: [base.line('1', { amount })] } });
    const sent = { path: {}, query: {}, idempotencyKey: 'b', body };
    const reply = await perform(
      'createWithdrawalBatch',
      handlers.createWithdrawalBatch,
      base.caller,
      sent,
    );
    return isProblem(reply) ? reply.problem : answeredBy(reply);
  };
  const first = await send('10.00');
  expect(await send('11.00')).toBe('IDEMPOTENCY_KEY_REUSED');
  base.clock.advance(hour + 10_000);
  const next = await send('11.00');
  if (typeof first === 'string' || typeof next === 'string') throw new Error('refused');
  expect(codesOf(next)).toEqual([202]);
  expect(next.id).not.toBe(first.id);
  expect((await base.list({ batchId: next.id })).data).toEqual(idsOf(next));
});
