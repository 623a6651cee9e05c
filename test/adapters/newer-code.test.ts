import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dynamoDue } from '../../lambdas/adapters/dynamo/due.ts';
import { keyOf, type Row } from '../../lambdas/adapters/dynamo/keys.ts';
import { batchGet } from '../../lambdas/adapters/dynamo/store.ts';
import { errorName } from '../../lambdas/core/kernel/errors.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import { makeSweep } from '../../lambdas/core/outbox/sweep.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import { nextBlock } from '../../lambdas/core/wallet/next-block.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf } from '../support/books.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { at, destination, minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';
import { debitIn, startWorld, stepWorld, type TestWorld } from '../support/world.ts';

/** What code of tomorrow has written, as this code finds it during a deployment or after a rollback. */
let database: TestDatabase;
let world: TestWorld;
beforeAll(async () => {
  database = await startDatabase();
  world = await startWorld(database);
});
afterAll(() => world.stop());

type Key = { pk: string; sk: string };

async function rowOf(table: string, key: Key): Promise<Row> {
  const [row] = await batchGet(database.client, table, [key]);
  if (row === undefined) throw new Error(`${key.pk} is gone`);
  return row;
}

async function write(table: string, Key: Key, fields: Row): Promise<void> {
  for (const [name, value] of Object.entries(fields))
    await database.client.send(
      new UpdateCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
}

async function accepted(wallet = walletOf()): Promise<In<'requested'>> {
  if ((await world.store.wallet(wallet.id)) === null) await world.requests.createWallet(wallet);
  const withdrawal = requestedOf(wallet);
  await world.requests.createWithdrawal(withdrawal, []);
  return withdrawal;
}

const later = { tomorrow: { say: 'kept', list: [1, 2] }, alsoTomorrow: 'kept' };
const kept = { tomorrow: { say: 'kept', list: [1n, 2n] }, alsoTomorrow: 'kept' };

test('fields of a withdrawal that are not known survive each move, in its timeline too', async () => {
  const { money } = database.tables;
  const from = await accepted();
  const key = keyOf.withdrawal(from.id);
  await write(money, key, { ...later, history: [['requested', 0, { by: 'a field of tomorrow' }]] });
  let now = await world.now(from.id);
  const go = async (to: Withdrawal) => {
    expect(await world.store.commit([{ change: 'withdrawal', from: now, to }])).toEqual([]);
    now = await world.now(from.id);
  };
  await go(moveTo(now, 'reserved', {}, at(2_000)));
  await go(moveTo(now, 'converting', {}, at(3_000)));
  const row = await rowOf(money, key);
  expect(row).toMatchObject({ stage: 'converting', ...kept });
  expect(row['history']).toEqual([
    ['requested', 0n, { by: 'a field of tomorrow' }],
    ['reserved', 1_000n],
    ['converting', 2_000n],
  ]);
});

test('so do fields of a balance, of the record of an effect and of a gas lane', async () => {
  const { money, control } = database.tables;
  const from = await accepted();
  const record = { ...effectOf(from, 'tf_1'), version: 1 };
  const sequence = { network: 'base', address: destination } as const;
  await world.store.commit([
    { change: 'record', to: record },
    { change: 'sequence', sequence, from: null, to: 4 },
  ]);
  const lane = { pk: `LANE#base#${destination}`, sk: 'NONCE' };
  await write(money, keyOf.balance(from.walletId), later);
  await write(money, keyOf.conversion(from.id), later);
  await write(control, lane, later);
  const found = await world.store.wallet(from.walletId);
  if (found === null) throw new Error('no wallet');
  const posting = { kind: 'CREDIT', amount: minorOf(5n), sourceId: from.id } as const;
  const changes: Change[] = [
    ...nextBlock(found.balance, [posting], at(3)),
    { change: 'record', to: { ...record, version: 2, sends: 2, transferId: null } },
    { change: 'sequence', sequence, from: 4, to: 5 },
  ];
  expect(await world.store.commit(changes)).toEqual([]);
  expect(await rowOf(money, keyOf.balance(from.walletId))).toMatchObject({
    available: 5n,
    version: 1n,
    ...kept,
  });
  const effect = await rowOf(money, keyOf.conversion(from.id));
  expect(effect).toMatchObject({ version: 2n, sends: 2n, ...kept });
  // What this code knows and has no value for is removed all the same.
  expect(effect).not.toHaveProperty('transferId');
  expect(await rowOf(control, lane)).toMatchObject({ next: 5n, ...kept });
  // One alone is written without a transaction, and refused when it is behind.
  const third = { change: 'record', to: { ...record, version: 3, sends: 3 } } as const;
  expect(await world.store.commit([third])).toEqual([]);
  expect(await world.store.commit([third])).toEqual([0]);
  expect(await rowOf(money, keyOf.conversion(from.id))).toMatchObject({ sends: 3n, ...kept });
});

test.each<[string, Row]>([
  ['a stage', { stage: 'frozen' }],
  [
    'a stage that it has left',
    {
      history: [
        ['requested', 0],
        ['frozen', 1],
        ['reserved', 2],
      ],
    },
  ],
  ['a failure', { failure: { code: 'FROZEN', message: 'of tomorrow', retryable: false } }],
  ['an ending', { ending: { code: 'FROZEN', message: 'of tomorrow', retryable: false } }],
  ['a proof', { proof: { proof: 'witnessed', by: 'tomorrow' } }],
  ['a network', { network: 'tomorrow' }],
  ['a format', { format: 99 }],
])('%s of tomorrow: the withdrawal is left alone, and holds up no other', async (_what, fields) => {
  const { money } = database.tables;
  const wallet = walletOf();
  const [theirs, ours] = [await accepted(wallet), await accepted(wallet)];
  await write(money, keyOf.withdrawal(theirs.id), fields);
  const before = await rowOf(money, keyOf.withdrawal(theirs.id));
  // Alone it is neither missing nor broken: it cannot be read now (the API answers 503, a step leaves it for later).
  await expect(world.store.withdrawals([theirs.id])).rejects.toMatchObject({
    name: 'UnavailableError',
  });
  expect(await world.store.withdrawals([theirs.id, ours.id])).toMatchObject([{ id: ours.id }]);
  const credit = { kind: 'CREDIT', amount: ours.amount, sourceId: ours.id } as const;
  const found = await world.store.wallet(wallet.id);
  if (found === null) throw new Error('no wallet');
  await world.store.commit(nextBlock(found.balance, [credit], at(3)));
  // Ours is held, and theirs is left for another time.
  const debit = debitIn(stepWorld(world.store, testClock()))(wallet.id);
  expect(await debit).toBe('done');
  expect(await world.now(ours.id)).toMatchObject({ stage: 'reserved' });
  const rung: string[] = [];
  const ring = async (bells: readonly { ids: readonly string[] }[]) => {
    rung.push(...bells.flatMap(({ ids }) => ids));
  };
  const pass = makeSweep(
    dynamoDue(database.client, database.tables),
    { ring },
    { pollMs: 1_000, passMs: 1_000 },
  );
  await pass(2_000_000_000 as Instant);
  expect(rung).toContain(ours.id);
  expect(rung).not.toContain(theirs.id);
  expect(await rowOf(money, keyOf.withdrawal(theirs.id))).toEqual(before);
});

test('an item that nobody can read is told of, after all others are rung', async () => {
  const { money } = database.tables;
  const [broken, ours] = [await accepted(), await accepted()];
  await write(money, keyOf.withdrawal(broken.id), { updatedAt: 'yesterday' });
  await database.client.send(
    new PutCommand({
      TableName: money,
      Item: { pk: 'TXN#txn_broken', sk: 'META', dueAt: 1, dueShard: 'DUE#0', status: 'LOST' },
    }),
  );
  const rung: string[] = [];
  const ring = async (bells: readonly { ids: readonly string[] }[]) => {
    rung.push(...bells.flatMap(({ ids }) => ids));
  };
  const pass = makeSweep(
    dynamoDue(database.client, database.tables),
    { ring },
    { pollMs: 1_000, passMs: 1_000 },
  );
  const told = await pass(2_000_000_000 as Instant).catch(
    (error) => `${errorName(error)} ${error.message}`,
  );
  expect(told).toContain(broken.id);
  expect(rung).toContain(ours.walletId);
});
