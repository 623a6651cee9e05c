/** The filters of the list of withdrawals: they combine with each other, with every way a list is read, and with its cursor. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dynamoLists } from '../../lambdas/adapters/dynamo/lists.ts';
import { dynamoBatches } from '../../lambdas/adapters/dynamo/withdrawal-batches.ts';
import type { WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { Network } from '../../lambdas/core/kernel/networks.ts';
import { instantFrom } from '../../lambdas/core/kernel/time.ts';
import { makeListWithdrawals } from '../../lambdas/core/requests/list.ts';
import { isProblem } from '../../lambdas/core/requests/problem.ts';
import { ListWithdrawals } from '../../lambdas/core/requests/schemas.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { at, requestedOf, walletOf } from '../support/things.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

const begin = Date.parse('2026-11-28T06:00:00.000Z');
const minute = 60_000;
const wallet = walletOf({ tenant: 'filters', listShards: 4 });
const batchId = `wb_${'1'.repeat(26)}` as const;
/** Twelve, a minute apart, two of them at the very same time; every third on base. */
const minutes = [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10];
const made: { id: WithdrawalId; minute: number; network: Network }[] = [];
let database: TestDatabase;
let world: TestWorld;
let list: ReturnType<typeof makeListWithdrawals<string>>;

beforeAll(async () => {
  database = await startDatabase();
  world = await startWorld(database);
  await world.requests.createWallet(wallet);
  for (const [index, minuteOf] of minutes.entries()) {
    const network: Network = index % 3 === 0 ? 'base' : 'ethereum';
    const createdAt = at(begin + minuteOf * minute);
    const reference = 'the same';
    const one = requestedOf(wallet, { createdAt, network, reference });
    // Some are from before the wallet's list had more than one part.
    const shards = { inbox: 1, list: index % 3 === 1 ? 1 : 4 };
    await world.requests.createWithdrawal(one, [], shards);
    made.push({ id: one.id, minute: minuteOf, network });
  }
  const batches = dynamoBatches(database.client, database.tables);
  const batch = {
    ...{ id: batchId, tenant: wallet.tenant, requestHash: 'ab', createdAt: at(begin) },
    members: made.map(({ id }) => id),
    refusals: null,
  };
  await batches.create(batch);
  await batches.finish({ ...batch, refusals: new Map() });
  const lists = dynamoLists(database.client, database.tables);
  const { requests, store } = world;
  list = makeListWithdrawals({ requests, store, lists, batches, idSecret: 's' }, ({ id }) => id);
});
afterAll(() => database.stop());

const time = (minuteOf: number, ms = 0) => new Date(begin + minuteOf * minute + ms).toISOString();
const wanted = (fits: (one: (typeof made)[number]) => boolean) =>
  made.filter(fits).map(({ id }) => id);

/** All pages of a list. */
async function walk(filters: Record<string, string>): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const query = ListWithdrawals.parse({ ...filters, ...(cursor && { cursor }) });
    const { limit, cursor: place, ...rest } = query;
    const page = await list(wallet.tenant, rest, { limit, cursor: place });
    if (isProblem(page)) throw new Error(page.problem);
    found.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

const ways: readonly [string, Record<string, string>][] = [
  ['of a tenant', {}],
  ['of a wallet', { walletId: wallet.id }],
  ['by reference', { reference: 'the same' }],
  ['of a batch', { batchId }],
];
// biome-ignore format: columns are the point
const cases: readonly [string, Record<string, string>, (one: (typeof made)[number]) => boolean][] = [
  ['from a time on, with it',  { createdAfter: time(5) },                        (one) => one.minute >= 5],
  ['before a time, not at it', { createdBefore: time(5) },                       (one) => one.minute < 5],
  ['between two',              { createdAfter: time(2), createdBefore: time(9) }, (one) => one.minute >= 2 && one.minute < 9],
  ['between two and of a network', { createdAfter: time(2), createdBefore: time(9), network: 'base' }, (one) => one.minute >= 2 && one.minute < 9 && one.network === 'base'],
  ['at no time',               { createdAfter: time(5), createdBefore: time(5) }, () => false],
  ['between times in the wrong order', { createdAfter: time(6), createdBefore: time(5) }, () => false],
  ['a millisecond',            { createdAfter: time(5), createdBefore: time(5, 1) }, (one) => one.minute === 5],
  ['less than a millisecond',  { createdAfter: time(5).replace('Z', '1Z') },      (one) => one.minute > 5],
  ['in another zone',          { createdBefore: '2026-11-28T07:05:00+01:00' },   (one) => one.minute < 5],
  ['of a network',             { network: 'ethereum' },                          (one) => one.network === 'ethereum'],
  ['of a network with none',   { network: 'bitcoin' },                           () => false],
  ['long ago',                 { createdBefore: '1970-01-01T00:00:00Z' },        () => false],
  ['before the end of times',  { createdBefore: '9999-12-31T23:59:59Z' },        () => true],
  ['since before all times',   { createdAfter: '0000-01-01T00:00:00Z' },         () => true],
];

test.each(ways.flatMap((way) => cases.map((one) => [way, one] as const)))(
  '%j, %j, in pages of any size, the newest first',
  async ([, way], [, filters, fits]) => {
    const expected = wanted(fits);
    for (const limit of ['1', '2', '5', '100']) {
      const walked = await walk({ ...way, ...filters, limit });
      expect(walked.toSorted()).toEqual(expected.toSorted());
      const times = walked.map((id) => made.find((one) => one.id === id)?.minute ?? -1);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
    }
  },
);

test('a page from before a wallet has grown goes on behind the same place after it', async () => {
  const growing = walletOf({ tenant: wallet.tenant });
  await world.requests.createWallet(growing);
  const make = async (minuteOf: number, shards: number) => {
    const one = requestedOf(growing, { createdAt: at(begin + minuteOf * minute) });
    await world.requests.createWithdrawal(one, [], { inbox: 1, list: shards });
    return one.id;
  };
  const ids: string[] = [];
  for (const minuteOf of minutes) ids.unshift(await make(minuteOf, 1));
  const page = async (cursor?: string) => {
    const answer = await list(wallet.tenant, { walletId: growing.id }, { limit: 5, cursor });
    if (isProblem(answer)) throw new Error(answer.problem);
    return answer;
  };
  const first = await page();
  await world.store.commit([
    { change: 'more-shards', walletId: growing.id, of: 'listShards', from: 1, to: 8 },
  ]);
  for (const minuteOf of minutes) ids.unshift(await make(20 + minuteOf, 8));
  const second = await page(first.nextCursor ?? '');
  const old = [...first.data, ...second.data];
  // Two have been made at the very same time, and stand in the order of their ids.
  expect(old.toSorted()).toEqual(ids.slice(12, 22).toSorted());
  expect((await walk({ walletId: growing.id, limit: '5' })).toSorted()).toEqual(ids.toSorted());
});

test('a key is found within a batch and a time only when it is there', async () => {
  const [first] = made;
  const key = String(first?.id); // Things that tests make have their id for a key.
  expect(await walk({ batchId, idempotencyKey: key })).toEqual([key]);
  expect(await walk({ batchId, idempotencyKey: key, createdAfter: time(1) })).toEqual([]);
  expect(await walk({ batchId, idempotencyKey: 'another' })).toEqual([]);
});

test('a cursor is bound to the times and the network, and not to how a time is written', async () => {
  const page = async (filters: Record<string, string>) => {
    const { limit, cursor, ...rest } = ListWithdrawals.parse(filters);
    const answer = await list(wallet.tenant, rest, { limit, cursor });
    return isProblem(answer) ? answer.problem : answer;
  };
  const first = await page({ createdAfter: time(1), limit: '2' });
  if (typeof first === 'string' || first.nextCursor === null) throw new Error('no first page');
  const cursor = first.nextCursor;
  const later = await page({ createdAfter: '2026-11-28T07:01:00+01:00', limit: '2', cursor });
  expect(later).toHaveProperty('data.length', 2);
  for (const other of [
    { createdAfter: time(2) },
    { createdBefore: time(1) },
    { network: 'base' },
    {},
  ])
    expect(await page({ ...other, cursor })).toBe('INVALID_CURSOR');
});

// biome-ignore format: columns are the point
test.each<[string, string | null]>([
  ['2026-11-28T06:00:00Z',            '2026-11-28T06:00:00.000Z'],
  ['2026-11-28t06:00:00z',            '2026-11-28T06:00:00.000Z'],
  ['2026-11-28T06:00:00.1Z',          '2026-11-28T06:00:00.100Z'],
  ['2026-11-28T06:00:00.1230000Z',    '2026-11-28T06:00:00.123Z'],
  ['2026-11-28T06:00:00.1230001Z',    '2026-11-28T06:00:00.124Z'],
  ['2026-11-28T23:30:00-02:00',       '2026-11-29T01:30:00.000Z'],
  ['2024-02-29T00:00:00Z',            '2024-02-29T00:00:00.000Z'],
  ['2026-02-29T00:00:00Z',            null],
  ['2026-13-01T00:00:00Z',            null],
  ['2026-11-28T24:00:00Z',            null],
  ['2026-11-28T06:00:60Z',            null],
  ['2026-11-28T06:00Z',               null],
  ['2026-11-28T06:00:00',             null],
  ['2026-11-28 06:00:00Z',            null],
  ['2026-11-28T06:00:00 01:00',       null],
  ['2026-11-28',                      null],
  ['1764309600000',                   null],
  ['',                                null],
])('the time %p', (text, expected) => {
  const instant = instantFrom(text);
  expect(instant === null ? null : new Date(instant).toISOString()).toBe(expected);
});
