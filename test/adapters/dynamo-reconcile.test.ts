/** Reconciliation reads books that the steps have made, page by page, and finds what was edited behind our back. */
import { DeleteCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoBooks } from '../../lambdas/adapters/dynamo/reconcile.ts';
import { dynamoRequests } from '../../lambdas/adapters/dynamo/requests.ts';
import { batchGet, dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import type { Books } from '../../lambdas/core/reconcile/ports.ts';
import { type PayoutRecord, reconcileSince } from '../../lambdas/core/reconcile/run.ts';
import type { Store } from '../../lambdas/core/store/store.ts';
import { moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf, incomingOf, transferOf } from '../support/books.ts';
import { treasury } from '../support/chain.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { emptyPage } from '../support/own-books.ts';
import { removeRow, writeOut } from '../support/tail.ts';
import { at, requestedOf, testClock, transactionOf, walletOf } from '../support/things.ts';
import { debitIn, endIn, move, stepWorld } from '../support/world.ts';

const inFlightMs = 3_600_000;
const money = 'money';
let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await startDatabase();
  store = dynamoStore(database.client, database.tables);
});
afterAll(() => database.stop());

const clock = testClock(10_000_000);
let wallet: Wallet;
let withdrawals: Withdrawal[];
let transfers: Transfer[];
/** A wallet has a credit, a held withdrawal, a converted one and a refunded one, all made long ago. */
beforeEach(async () => {
  await emptyTables();
  const requests = dynamoRequests(database.client, database.tables, 1_000);
  wallet = walletOf();
  await requests.createWallet(wallet);
  await requests.createTransaction(transactionOf(wallet, 'CREDIT', 1_000_000n));
  withdrawals = [];
  for (const second of [1, 2, 3]) {
    const requested = requestedOf(wallet, { createdAt: at(1_000 + second) });
    await requests.createWithdrawal(requested, []);
    withdrawals.push(requested);
  }
  await debitIn(stepWorld(store, clock))(wallet.id);
  const [, converted, refunded] = await now();
  if (converted?.stage !== 'reserved' || refunded?.stage !== 'reserved')
    throw new Error('not held');
  const failure = { code: 'ON_RAMP_REJECTED', message: '', retryable: false } as const;
  const facts = { failure, proof: { proof: 'never-sent' } } as const;
  await move(store, refunded, moveTo(refunded, 'refunding', facts, clock.now()));
  await endIn(stepWorld(store, clock))([refunded.id]);
  const converting = await move(store, converted, moveTo(converted, 'converting', {}, clock.now()));
  const effect = { ...effectOf(converting, 'tf_1'), version: 1 };
  const claimed = { transferId: 'tf_1', withdrawalId: converting.id, walletId: wallet.id };
  await store.commit([
    { change: 'record', to: effect },
    { change: 'claim', ...claimed },
  ]);
  const { payout, fee } = effect;
  await move(store, converting, moveTo(converting, 'converted', { payout, fee }, clock.now()));
  transfers = [transferOf('tf_1', { createdAt: clock.now() })];
});

const now = async (): Promise<Withdrawal[]> => {
  const found = await store.withdrawals(withdrawals.map(({ id }) => id));
  return withdrawals.flatMap(({ id }) => found.find((one) => one.id === id) ?? []);
};
const idAt = (index: number) => {
  const found = withdrawals[index];
  if (found === undefined) throw new Error('no such withdrawal');
  return found.id;
};

async function everything(): Promise<Record<string, unknown>[]> {
  const { Items } = await database.client.send(new ScanCommand({ TableName: money, Limit: 1_000 }));
  return Items ?? [];
}
async function emptyTables(): Promise<void> {
  for (const TableName of [money, 'control']) {
    const { Items } = await database.client.send(new ScanCommand({ TableName, Limit: 1_000 }));
    for (const { pk, sk } of Items ?? [])
      await database.client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
  }
}

const paidIn = [incomingOf('tf_1')];
const quietChain: PayoutRecord = {
  network: 'ethereum',
  asset: 'USDC',
  treasury,
  keyOf: (id) => id,
  head: async () => ({ final: 10 }),
  outgoing: async () => [],
  incoming: async () => paidIn,
  firstBlockSince: async () => 5,
};
const booksIn = (pageItems: number): Books =>
  dynamoBooks(database.client, database.tables, pageItems);
/** The report a day later. */
async function report(pageItems = 2, { books = booksIn(pageItems), from = at(0) } = {}) {
  const later = testClock(clock.now() + 24 * inFlightMs);
  const world = {
    books,
    onRamp: { transfersBetween: async () => ({ ok: true, value: transfers }) as const },
    brokerage: null,
    routes: [quietChain],
    record: async () => quietChain,
    clock: later,
    inFlightMs,
  };
  return await reconcileSince(world, from, null);
}
const edit = (Key: { pk: string; sk: string }, field: string, value: unknown): Promise<unknown> =>
  database.client.send(
    new UpdateCommand({
      TableName: money,
      Key,
      UpdateExpression: 'SET #field = :value',
      ExpressionAttributeNames: { '#field': field },
      ExpressionAttributeValues: { ':value': value },
    }),
  );

async function editTail(fields: Record<string, unknown>): Promise<void> {
  const [row] = await batchGet(database.client, money, [keyOf.balance(wallet.id)]);
  await edit(keyOf.balance(wallet.id), 'tail', { ...(row?.['tail'] as object), ...fields });
}
const remove = (Key: { pk: string; sk: string }, field: string): Promise<unknown> =>
  database.client.send(
    new UpdateCommand({
      TableName: money,
      Key,
      UpdateExpression: 'REMOVE #field',
      ExpressionAttributeNames: { '#field': field },
    }),
  );

const asTheyStand = async (): Promise<void> => {};
const asOneRow = (): Promise<void> => writeOut(database.client, wallet.id);
const asRows = (): Promise<void> => writeOut(database.client, wallet.id, 'a row each');

test.each([
  [1, asTheyStand],
  [1, asOneRow],
  [2, asRows],
  [1_000, asTheyStand],
])(
  'books that the steps made agree, read %i items at a time, and stay as they are',
  async (pageItems, blocks) => {
    await blocks();
    expect((await now()).map(({ stage }) => stage)).toEqual(['reserved', 'converted', 'refunded']);
    const before = await everything();
    expect((await report(pageItems)).differences).toEqual([]);
    expect(await everything()).toEqual(before);
  },
);

test('the report says when and what it is about', async () => {
  const { period, checkedAt } = await report();
  expect(period).toEqual({ from: 0, to: checkedAt });
});

// biome-ignore format: columns are the point
test.each<[string, string, () => Promise<unknown>]>([
  ['a posted amount',              'ledger-block',         () => asRows().then(() => edit(keyOf.block(wallet.id, 2), 'posted', [['HOLD', 1n, idAt(0)]]))],
  ['a posting that cannot be',     'ledger-block',         () => asRows().then(() => edit(keyOf.block(wallet.id, 2), 'posted', [['GIFT', 1n, idAt(0)]]))],
  ['a block’s time',               'ledger-block',         () => asRows().then(() => edit(keyOf.block(wallet.id, 1), 'at', 5n))],
  ['a block, deleted',             'ledger-block',         () => asRows().then(() => removeRow(database.client, wallet.id, 1))],
  ['a row of several, deleted',    'ledger-block',         () => asOneRow().then(() => removeRow(database.client, wallet.id, 1))],
  ['the second of a row, deleted', 'ledger-block',         () => asOneRow().then(() => remove(keyOf.block(wallet.id, 1), 'more'))],
  ['a tail’s time',                'ledger-block',         () => editTail({ at: 5n })],
  ['a tail’s posted amount',       'ledger-block',         () => editTail({ posted: [['CREDIT', 1n, idAt(0)]] })],
  ['a tail that cannot be',        'ledger-block',         () => editTail({ posted: [['GIFT', 1n, idAt(0)]] })],
  ['a tail of no place',           'ledger-block',         () => edit(keyOf.balance(wallet.id), 'tail', 'none')],
  ['a tail, its second deleted',   'ledger-block',         () => editTail({ more: [] })],
  ['a tail that begins later',     'ledger-block',         () => editTail({ sequence: 2n })],
  ['a tail, deleted',              'ledger-block',         () => remove(keyOf.balance(wallet.id), 'tail')],
  ['a balance',                    'wallet-balance',       () => edit(keyOf.balance(wallet.id), 'available', 5_000_000n)],
  ['a balance that cannot be',     'unreadable',           () => edit(keyOf.balance(wallet.id), 'available', 'much')],
  ['a stage without its facts',    'unreadable',           () => edit(keyOf.withdrawal(idAt(2)), 'stage', 'settled')],
  ['a transfer’s stage without facts', 'unreadable',       () => edit(keyOf.withdrawal(idAt(1)), 'stage', 'settled')],
  ['a request that cannot be',     'unreadable',           () => edit(keyOf.conversion(idAt(1)), 'sends', 'many')],
  ['an amount after it was held',  'hold',                 () => edit(keyOf.withdrawal(idAt(0)), 'amount', 10_001n)],
  ['a refund that was not booked', 'hold',                 () => edit(keyOf.withdrawal(idAt(2)), 'stage', 'cancelled').then(() => edit(keyOf.withdrawal(idAt(0)), 'stage', 'requested'))],
  ['a transfer’s name, removed',   'state-without-effect', () => remove(keyOf.conversion(idAt(1)), 'transferId')],
  ['a request to the on-ramp',     'transfer-differs',     () => edit(keyOf.conversion(idAt(1)), 'source', 10_001n)],
])('%s, edited behind our back, is found as one %s', async (_name, kind, plant) => {
  await plant();
  const { differences } = await report();
  expect(differences.map((one) => one.kind)).toEqual([kind]);
});

test('what ended before the period is not read again, once its blocks are before the checkpoint', async () => {
  const asked: string[][] = [];
  const listening = (books: Books): Books => ({
    ...books,
    named: (ids) => {
      asked.push([...ids]);
      return books.named(ids);
    },
    // The slow way would name what is in the period.
    page: emptyPage,
  });
  const [reserved, converted, refunded] = await now();
  const ended = refunded?.updatedAt ?? 0;
  const namedSince = async (from: number): Promise<string[]> => {
    asked.splice(0);
    const books = listening(dynamoBooks(database.client, database.tables));
    const { period } = await report(undefined, { books, from: at(from) });
    expect(period.from).toBe(from);
    return asked.flat().sort();
  };
  const open = [reserved?.id, converted?.id];
  expect(await namedSince(ended)).toEqual([...open, refunded?.id].sort());
  expect(await namedSince(ended + 1)).toEqual(open.sort());
});

test('without the word of the on-ramp there is no report', async () => {
  const world = {
    books: dynamoBooks(database.client, database.tables),
    onRamp: { transfersBetween: async () => ({ ok: false, refused: false, why: '503' }) as const },
    brokerage: null,
    routes: [quietChain],
    record: async () => quietChain,
    clock,
    inFlightMs,
  };
  await expect(reconcileSince(world, at(0), null)).rejects.toMatchObject({
    name: 'UnavailableError',
  });
});

test('the chain is asked for its final blocks since the period began', async () => {
  const asked: number[][] = [];
  const chain: PayoutRecord = {
    ...quietChain,
    outgoing: async (_payer, ...range) => {
      asked.push(range);
      const stray = {
        ...{ txId: '0xab', height: 7, index: 0, to: treasury, value: 5n, key: null },
      };
      return [stray];
    },
  };
  const world = {
    books: dynamoBooks(database.client, database.tables),
    onRamp: { transfersBetween: async () => ({ ok: true, value: transfers }) as const },
    brokerage: null,
    routes: [chain],
    record: async () => chain,
    clock,
    inFlightMs,
  };
  const { differences } = await reconcileSince(world, at(0), null);
  expect(asked).toEqual([[5, 10]]);
  expect(differences).toMatchObject([{ kind: 'unknown-payout', what: 'ethereum 0xab#0' }]);
});
