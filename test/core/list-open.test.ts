/** What operators see of what waits: everything that has not ended, oldest first, and each with what it waits for. */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoLists } from '../../lambdas/adapters/dynamo/lists.ts';
import { withdrawalsInReview } from '../../lambdas/adapters/dynamo/review.ts';
import { makeResolve } from '../../lambdas/core/operations/four-eyes.ts';
import type { Principal } from '../../lambdas/core/operations/principal.ts';
import { encodeCursor } from '../../lambdas/core/requests/cursor.ts';
import { makeListOpen } from '../../lambdas/core/requests/list-open.ts';
import { ListOpenWithdrawals } from '../../lambdas/core/requests/operator-schemas.ts';
import { isProblem, type Problem } from '../../lambdas/core/requests/problem.ts';
import { retryOrRefund, waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import { waitingFor } from '../../lambdas/core/withdrawal/waiting.ts';
import {
  type In,
  moveTo,
  type Stage,
  type Withdrawal,
} from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { fresh } from '../support/shared.ts';
import { at, evenDice, requestedOf, testClock, walletOf } from '../support/things.ts';
import { convertedIn, move, startWorld } from '../support/world.ts';

const now = 1_795_263_448_827;
const it = fresh(async () => {
  const database = await startDatabase();
  return { ...database, ...(await startWorld(database)), database };
});
const list = () =>
  makeListOpen({
    lists: dynamoLists(it.client, it.tables),
    proposals: it.proposals,
    clock: testClock(now),
    explorers: new Map(),
  });
type Shown = { data: { id: Withdrawal['id'] }[]; nextCursor: string | null };
type Query = Partial<
  Record<'stage' | 'status' | 'olderThan' | 'tenant' | 'limit' | 'cursor', string>
>;

async function ask(query: Query = {}) {
  const { limit, cursor, ...filters } = ListOpenWithdrawals.parse(query);
  return list()(filters, { limit, cursor });
}
function good<T extends object>(page: T | Problem): T {
  if (isProblem(page)) throw new Error(page.detail);
  return page;
}
const idsOf = async (query: Query = {}) => good(await ask(query)).data.map(({ id }) => id);

const accepted = async (ageMs: number, tenant = 'alice'): Promise<In<'requested'>> => {
  const wallet = walletOf({ tenant });
  const requested = requestedOf(wallet, { createdAt: at(now - ageMs) });
  await it.requests.createWithdrawal(requested, []);
  return requested;
};
const failure = { code: 'OUTCOME_UNKNOWN', message: 'Nobody knows.', retryable: false } as const;
const rejected = (from: In<'requested'>) =>
  move(it.store, from, moveTo(from, 'rejected', { failure }, at(now)));
const held = async (ageMs: number): Promise<In<'review'>> => {
  const from = await accepted(ageMs);
  const reserved = await move(it.store, from, moveTo(from, 'reserved', {}, at(now)));
  const facts = { failure, heldFrom: 'reserved' } as const;
  return move(it.store, reserved, moveTo(reserved, 'review', facts, at(now)));
};
const minute = 60_000;

test('what has not ended is there, of all tenants, oldest first, and what has ended goes', async () => {
  const young = await accepted(1 * minute);
  const old = await accepted(9 * minute, 'bob');
  const middle = await held(5 * minute);
  const gone = await accepted(7 * minute);
  expect(await idsOf()).toEqual([old.id, gone.id, middle.id, young.id]);
  await rejected(gone);
  expect(await idsOf()).toEqual([old.id, middle.id, young.id]);
  const { data } = good(await ask());
  expect(data[0]).toMatchObject({ tenant: 'bob', stage: 'requested', proposals: [] });
  expect(data[1]).toMatchObject({
    stage: 'review',
    heldFrom: 'reserved',
    waitingFor: { reason: 'review', since: new Date(now).toISOString() },
  });
});

test('filters combine, and what has ended is listed by tenant only', async () => {
  const [a, b, c] = [
    await accepted(9 * minute),
    await accepted(5 * minute, 'bob'),
    await held(3 * minute),
  ];
  const gone = await rejected(await accepted(7 * minute, 'bob'));
  expect(await idsOf({ tenant: 'bob' })).toEqual([b.id]);
  expect(await idsOf({ stage: 'review' })).toEqual([c.id]);
  expect(await idsOf({ status: 'PENDING' })).toEqual([a.id, b.id]);
  expect(await idsOf({ status: 'PENDING', stage: 'review' })).toEqual([]);
  expect(await idsOf({ olderThan: '5m' })).toEqual([a.id]);
  expect(await idsOf({ olderThan: '299s' })).toEqual([a.id, b.id]);
  expect(await idsOf({ olderThan: new Date(now - 4 * minute).toISOString() })).toEqual([
    a.id,
    b.id,
  ]);
  expect(await idsOf({ olderThan: '7d' })).toEqual([]);
  expect(await idsOf({ status: 'FAILED', tenant: 'bob' })).toEqual([gone.id]);
  expect(await idsOf({ stage: 'rejected', tenant: 'bob', olderThan: '8m' })).toEqual([]);
  expect(good(await ask({ stage: 'rejected', tenant: 'bob' })).data[0]?.waitingFor).toBeNull();
  for (const query of [{ status: 'COMPLETED' }, { stage: 'settled' }])
    expect(await ask(query)).toMatchObject({
      problem: 'INVALID_REQUEST',
      errors: [{ pointer: '#/tenant' }],
    });
});

test.each([
  ['stage', 'nowhere'],
  ['status', 'review'],
  ['olderThan', 'yesterday'],
  ['olderThan', '0m'],
  ['olderThan', '2026-11-28'],
  ['tenant', ''],
  ['limit', '101'],
  ['walletId', 'wal_1'],
])('%s=%s is refused', (name, value) => {
  expect(ListOpenWithdrawals.safeParse({ [name]: value }).success).toBe(false);
});

test('pages show each once, oldest first, while others end and come; cursors are bound to the filters', async () => {
  const all: string[] = [];
  for (let age = 12; age > 0; age -= 1) all.push((await accepted(age * minute)).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Shown = good(await ask({ limit: '5', ...(cursor === null ? {} : { cursor }) }));
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
    // What was shown already ends, and the oldest comes in late.
    const [first] = page.data;
    const from = first === undefined ? null : await it.now(first.id);
    if (from?.stage === 'requested') await rejected(from);
    await accepted(60 * minute);
  } while (cursor !== null);
  expect(seen).toEqual(all);
  const { nextCursor } = good(await ask({ limit: '1' }));
  for (const query of [
    { cursor: nextCursor ?? '', tenant: 'alice' },
    { cursor: nextCursor ?? '', olderThan: '1m' },
    { cursor: `${nextCursor}x` },
  ])
    expect(await ask(query)).toMatchObject({ problem: 'INVALID_CURSOR' });
  // Behind the end of older ones there is nothing, whatever a cursor says.
  const forged = encodeCursor(
    { list: 'open withdrawals', olderThan: { ageMs: 59 * minute } },
    `${'9'.repeat(14)}#x`,
  );
  expect(await idsOf({ olderThan: '59m' })).not.toEqual([]);
  expect(await idsOf({ olderThan: '59m', cursor: forged })).toEqual([]);
});

async function write(id: Withdrawal['id'], name: string, value: unknown): Promise<void> {
  await it.client.send(
    new UpdateCommand({
      TableName: it.tables.money,
      Key: keyOf.withdrawal(id),
      UpdateExpression: value === undefined ? 'REMOVE #name' : 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ...(value === undefined ? {} : { ExpressionAttributeValues: { ':value': value } }),
    }),
  );
}

test('a row of newer code is passed over, in every list, and holds up no page', async () => {
  const ids: string[] = [];
  for (let age = 6; age > 0; age -= 1) ids.push((await accepted(age * minute)).id);
  const theirs = [ids[1], ids[2], ids[5]] as Withdrawal['id'][];
  for (const id of theirs) await write(id, 'stage', 'frozen');
  const ours = ids.filter((id) => !theirs.some((one) => one === id));
  expect(await idsOf()).toEqual(ours);
  // A page whose every item is passed over is not the end of the list.
  const walked: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Shown = good(await ask({ limit: '1', ...(cursor === null ? {} : { cursor }) }));
    walked.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(walked).toEqual(ours);
  const client = dynamoLists(it.client, it.tables).withdrawalsOf({ tenant: 'alice' });
  const items = (await client(null, 10)).map(({ item }) => item?.id ?? null);
  expect(items).toEqual(ids.toReversed().map((id) => (ours.includes(id) ? id : null)));
  await write(theirs[0] ?? 'wd_', 'stage', 'review');
  await write(theirs[0] ?? 'wd_', 'format', 99);
  const { found, newer } = await withdrawalsInReview(it.client, it.tables);
  expect([found, newer]).toEqual([[], [keyOf.withdrawal(theirs[0] ?? 'wd_').pk]]);
});

test('what was accepted before there was an index comes into it with its next change; a scan finds what stands still', async () => {
  const [moves, stands] = [await accepted(2 * minute), await held(3 * minute)];
  for (const { id } of [moves, stands]) await write(id, 'openShard', undefined);
  expect(await idsOf()).toEqual([]);
  await move(it.store, moves, moveTo(moves, 'reserved', {}, at(now)));
  expect(await idsOf()).toEqual([moves.id]);
  const { found } = await withdrawalsInReview(it.client, it.tables);
  expect(found).toMatchObject([{ id: stands.id }]);
});

test('what is proposed about a withdrawal is told, as long as it may be confirmed', async () => {
  const { id } = await held(minute);
  const from = await it.now(id);
  const debiting = {
    ...from,
    heldFrom: 'refunding',
    refundFor: failure,
    proof: { proof: 'never-sent' },
  };
  await it.store.commit([
    { change: 'withdrawal', from, to: { ...debiting, version: from.version + 1 } as Withdrawal },
  ]);
  const resolve = makeResolve({ ...it, clock: testClock(now), dueAfterMs: 1 });
  const ada = { principal: 'ada' as Principal, callerId: 'key_1', reason: 'The firm has cash.' };
  expect(await resolve(id, 'resume', ada)).toMatchObject({ is: 'proposed' });
  expect(good(await ask()).data[0]?.proposals).toMatchObject([
    { resolution: 'resume', status: 'PROPOSED', proposed: { by: 'ada' }, confirmed: null },
  ]);
});

const table: [string, () => Promise<Withdrawal>, string, number, boolean][] = [
  ['its turn', () => accepted(minute), 'debit', now - minute, false],
  ['the on-ramp', () => it.reserved(), 'on-ramp', 2_000, false],
  [
    'its payout, without an on-ramp',
    () => it.reserved({ currency: 'USDC' }),
    'broadcast',
    2_000,
    false,
  ],
  ['its payout', () => convertedIn(it, {}), 'broadcast', 4_000, false],
  [
    'our treasury',
    async () =>
      waitFor(await convertedIn(it, {}), at(9_000), 'treasury-short', at(5_000), evenDice),
    'treasury-short',
    5_000,
    true,
  ],
  [
    'our treasury, still',
    async () => {
      const waits = waitFor(
        await convertedIn(it, {}),
        at(9_000),
        'treasury-short',
        at(5_000),
        evenDice,
      );
      return waitFor(waits, at(19_000), 'treasury-short', at(9_000), evenDice);
    },
    'treasury-short',
    5_000,
    true,
  ],
  [
    'its third try',
    async () => {
      const retryable = { code: 'RETRIES_EXHAUSTED', message: 'No.', retryable: true } as const;
      let one = await convertedIn(it, {});
      for (const time of [5_000, 6_000])
        one = retryOrRefund(
          one,
          retryable,
          { proof: 'never-sent' },
          at(time),
          evenDice,
        ) as typeof one;
      return one;
    },
    'retry',
    5_000,
    true,
  ],
];
test.each(table)('waiting for %s', async (_what, make, reason, since, hasUntil) => {
  const one = await make();
  const until = hasUntil ? one.nextAttemptAt : null;
  expect(waitingFor(one)).toEqual({ reason, since, until });
});

test.each(['settled', 'refunded', 'rejected', 'cancelled'] as Stage[])(
  'what is %s waits for nothing',
  (stage) => {
    expect(waitingFor({ ...requestedOf(walletOf()), stage } as unknown as Withdrawal)).toBeNull();
  },
);
