/** What reconciliation finds without reading the whole table, and what it keeps between two runs. */
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoBooks } from '../../lambdas/adapters/dynamo/reconcile.ts';
import { holdsOfItem } from '../../lambdas/adapters/dynamo/reconcile-places.ts';
import type { OperationId, WalletId } from '../../lambdas/core/kernel/ids.ts';
import { emptyBalance } from '../../lambdas/core/ledger/ledger.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import type { Flow } from '../../lambdas/core/reconcile/books.ts';
import type { Place } from '../../lambdas/core/reconcile/ledger.ts';
import { byTheClock } from '../../lambdas/core/reconcile/limits.ts';
import {
  compareSince,
  type PayoutRecord,
  reconcileSince,
} from '../../lambdas/core/reconcile/run.ts';
import { moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { outgoingOf, wireEffectOf } from '../support/books.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { fresh } from '../support/shared.ts';
import { writeOut } from '../support/tail.ts';
import { at, minorOf, requestedOf, testClock, transactionOf, walletOf } from '../support/things.ts';
import { debitIn, endIn, move, startWorld, stepWorld, type TestWorld } from '../support/world.ts';

const hourMs = 3_600_000;
const database = fresh(startDatabase);
const clock = testClock(100 * hourMs);
let world: TestWorld;
let wallet: Wallet;
let held: Withdrawal;
let refunded: Withdrawal;
/** A wallet with a credit, a withdrawal that is held and one that was refunded, all long ago. */
beforeEach(async () => {
  world = await startWorld(database);
  wallet = walletOf({ currency: 'USDC' });
  const { requests, store } = world;
  await requests.createWallet(wallet);
  await requests.createTransaction(transactionOf(wallet, 'CREDIT', 1_000_000n));
  const made = [1, 2].map((n) => requestedOf(wallet, { createdAt: at(1_000 + n) }));
  for (const one of made) await requests.createWithdrawal(one, []);
  await debitIn(stepWorld(store, clock))(wallet.id);
  const found = await store.withdrawals(made.map(({ id }) => id));
  const [first, second] = made.map(({ id }) => found.find((one) => one.id === id));
  if (first?.stage !== 'reserved' || second?.stage !== 'reserved') throw new Error('not held');
  const failure = { code: 'ON_RAMP_REJECTED', message: '', retryable: false } as const;
  const facts = { failure, proof: { proof: 'never-sent' } } as const;
  await move(store, second, moveTo(second, 'refunding', facts, clock.now()));
  await endIn(stepWorld(store, clock))([second.id]);
  held = await world.now(first.id);
  refunded = await world.now(second.id);
});

const worldOf = (hours: number, tablePages: number) => ({
  books: dynamoBooks(database.client, database.tables),
  onRamp: { transfersBetween: async () => ({ ok: true, value: [] }) as const } as never,
  brokerage: null,
  routes: [],
  record: async () => Promise.reject(new Error('no chain')),
  clock: testClock(clock.now() + (48 + hours) * hourMs),
  inFlightMs: hourMs,
  effort: { ...byTheClock, tablePages },
});
/** The report two days and `hours` later, about the last day: all was before that. */
async function found(hours = 0, tablePages = 100): Promise<string[]> {
  const around = worldOf(hours, tablePages);
  const { differences } = await reconcileSince(around, at(around.clock.now() - 24 * hourMs), null);
  return differences.map(({ kind, what }) => `${kind} ${what}`);
}
/** The same when no page of the table is read any more. */
const foundByKeys = (hours = 1): Promise<string[]> => found(hours, 0);

const where = (Key: object, TableName = 'money') => ({ TableName, Key });
const rowAt = async (Key: object, table?: string) =>
  (await database.client.send(new GetCommand(where(Key, table)))).Item;
const edit = (Key: object, field: string, value: unknown, table?: string) =>
  database.client.send(
    new UpdateCommand({
      ...where(Key, table),
      UpdateExpression: value === undefined ? 'REMOVE #field' : 'SET #field = :value',
      ExpressionAttributeNames: { '#field': field },
      ...(value === undefined ? {} : { ExpressionAttributeValues: { ':value': value } }),
    }),
  );
const remove = (Key: object, table?: string) =>
  database.client.send(new DeleteCommand(where(Key, table)));

test('a wallet of code without the index is compared in the first run, and has its entry from then on', async () => {
  await edit(keyOf.wallet(wallet.id), 'openShard', undefined);
  await edit(keyOf.balance(wallet.id), 'available', 5n);
  expect(await found()).toEqual([`wallet-balance ${wallet.id}`]);
  expect((await rowAt(keyOf.wallet(wallet.id)))?.['openShard']).toMatch(/^WALLETS#\d$/);
  expect(await foundByKeys()).toEqual([`wallet-balance ${wallet.id}`]);
});

test('a wallet that lost its entry is found by its withdrawals, and when the round comes by', async () => {
  expect(await found()).toEqual([]);
  await edit(keyOf.wallet(wallet.id), 'openShard', undefined);
  await edit(keyOf.balance(wallet.id), 'available', 5n);
  expect(await foundByKeys(1)).toEqual([`wallet-balance ${wallet.id}`]);
  await edit(keyOf.withdrawal(held.id), 'openShard', undefined);
  expect(await foundByKeys(2)).toEqual([]);
  expect(await found(3)).toEqual([`wallet-balance ${wallet.id}`]);
  expect(await foundByKeys(4)).toEqual([`wallet-balance ${wallet.id}`]);
});

test('a balance whose wallet is gone is compared by every run from then on', async () => {
  await remove(keyOf.wallet(wallet.id));
  await edit(keyOf.withdrawal(held.id), 'openShard', undefined);
  await edit(keyOf.balance(wallet.id), 'held', 0n);
  expect(await found()).toEqual([`wallet-balance ${wallet.id}`]);
  expect(await foundByKeys()).toEqual([`wallet-balance ${wallet.id}`]);
});

test('a balance that is gone is one that cannot be read', async () => {
  await remove(keyOf.balance(wallet.id));
  expect(await found()).toEqual([`unreadable WAL#${wallet.id} BALANCE`]);
});

test('a withdrawal that is held and not in the list of what is open is compared all the same', async () => {
  expect(await found()).toEqual([]);
  await edit(keyOf.withdrawal(held.id), 'openShard', undefined);
  await edit(keyOf.withdrawal(held.id), 'amount', 1n);
  expect(await foundByKeys()).toEqual([`hold ${held.id}`]);
});

test('what ended in the period and was never held is named by the time when it ended', async () => {
  expect(await found()).toEqual([]);
  const books = dynamoBooks(database.client, database.tables);
  const unheld = async (since: number) => {
    const ids: string[] = [];
    for await (const page of books.unheld(at(since))) ids.push(...page);
    return ids;
  };
  const requested = requestedOf(wallet, { createdAt: at(2_000) });
  await world.requests.createWithdrawal(requested, []);
  const failure = { code: 'CANCELLED_BY_CLIENT', message: '', retryable: false } as const;
  const ended = at(clock.now() + 40 * hourMs);
  const moved = moveTo(requested, 'cancelled', { failure }, ended);
  const cancelled = await move(world.store, requested, moved);
  expect([await unheld(ended), await unheld(ended + 1)]).toEqual([[requested.id], []]);
  // Nothing else names it, and the chain has its payout.
  const chain: PayoutRecord = {
    network: 'ethereum',
    asset: 'USDC',
    treasury: '0x01',
    keyOf: (id) => id,
    head: async () => ({ final: 9 }),
    firstBlockSince: async () => 1,
    outgoing: async () => [outgoingOf(cancelled, 0)].map((one) => ({ ...one, key: cancelled.id })),
    incoming: async () => [],
  };
  const around = { ...worldOf(1, 0), routes: [chain], record: async () => chain };
  const report = await reconcileSince(around, at(around.clock.now() - 24 * hourMs), null);
  expect(report.differences.map(({ kind }) => kind)).toEqual(['paid-and-given-back']);
});

test('a row of long ago that cannot be read is found when the round comes by, and then by every run until it can be', async () => {
  expect(await found()).toEqual([]);
  const row = await rowAt(keyOf.withdrawal(refunded.id));
  await edit(keyOf.withdrawal(refunded.id), 'amount', 'much');
  expect(await foundByKeys(1)).toEqual([]);
  const said = [`unreadable WD#${refunded.id} META`];
  expect(await found(2)).toEqual(said);
  expect(await foundByKeys(3)).toEqual(said);
  await database.client.send(new PutCommand({ TableName: 'money', Item: row }));
  expect(await foundByKeys(4)).toEqual([]);
});

test.each(['in the tail', 'in a row'])(
  'the block at which a checkpoint was taken, and those before it, are read again by nobody but the slow way, %s',
  async (where) => {
    expect(await found()).toEqual([]);
    const checkpoint = await rowAt({ pk: `RECONCILED#${wallet.id}`, sk: 'CHECKPOINT' }, 'control');
    expect(checkpoint).toMatchObject({ version: 2n, holds: [[held.id, 10_000n]], parts: 0n });
    if (where === 'in a row') {
      await writeOut(database.client, wallet.id);
      await edit(keyOf.block(wallet.id, 1), 'at', 5n);
    } else {
      const tail = (await rowAt(keyOf.balance(wallet.id)))?.['tail'];
      await edit(keyOf.balance(wallet.id), 'tail', { ...tail, at: 5n });
    }
    expect(await foundByKeys()).toEqual([`ledger-block ${wallet.id} block 1`]);
    const around = worldOf(2, 0);
    const effort = { ...around.effort, chainBlocks: 0, chainMs: 0 };
    const { report } = await compareSince(
      { ...around, effort },
      at(around.clock.now() - 24 * hourMs),
      null,
    );
    // What was found is looked at again, whatever else there is time for.
    expect(report.differences).toHaveLength(1);
  },
);

test('a checkpoint that was edited is a difference by the next run, and so it stays', async () => {
  expect(await found()).toEqual([]);
  const key = { pk: `RECONCILED#${wallet.id}`, sk: 'CHECKPOINT' };
  await edit(key, 'holds', [[held.id, 1n]], 'control');
  for (const hours of [1, 2])
    expect(await foundByKeys(hours)).toEqual([`ledger-block ${wallet.id} checkpoint`]);
  await edit(key, 'holds', 'none', 'control');
  expect(await foundByKeys(3)).toEqual([`ledger-block ${wallet.id} checkpoint`]);
  await remove(key, 'control');
  expect(await foundByKeys(4)).toEqual([]);
});

test('two runs at once find the same, and leave what the next one goes on from', async () => {
  await edit(keyOf.wallet(wallet.id), 'openShard', undefined);
  await edit(keyOf.balance(wallet.id), 'available', 5n);
  const said = [`wallet-balance ${wallet.id}`];
  expect(await Promise.all([found(), found(), found(1)])).toEqual([said, said, said]);
  expect(await foundByKeys(2)).toEqual(said);
});

test('a wire is found by its memo however long ago, and one of code without that index when the round has been', async () => {
  const record = { ...wireEffectOf(refunded, { source: minorOf(1n) } as never), version: 1 };
  const wire = { ...record, transferId: 'tf_1', memo: 'REF-1', wireId: null };
  await world.store.commit([{ change: 'record', to: wire }]);
  const books = dynamoBooks(database.client, database.tables);
  expect(await books.wiredAs(['REF-1', 'REF-2'])).toEqual([refunded.id]);
  const key = keyOf.wire(refunded.id, 'tf_1');
  await edit(key, 'list', undefined);
  expect(await books.wiredAs(['REF-1'])).toEqual([]);
  await found();
  expect(await books.wiredAs(['REF-1'])).toEqual([refunded.id]);
  await world.store.commit([{ change: 'record', to: { ...wire, version: 2, wireId: 'w' } }]);
  expect(await books.wiredAs(['REF-1'])).toEqual([refunded.id]);
});

const flow = (open: bigint): Flow => ({
  open,
  spent: 0n,
  fee: 0n,
  funded: open,
  returned: 0n,
  ended: null,
});
function placeOf(walletId: WalletId, version: number, many: number): Place {
  const holds = Array.from({ length: many }, (_, index): [OperationId, Flow] => [
    `wd_${String(index).padStart(26, '0')}`,
    flow(BigInt(index + 1)),
  ]);
  return {
    balance: { ...emptyBalance(walletId), version },
    at: at(version),
    holds: new Map(holds),
  };
}

test('a place with more holds than an item takes comes back as it was, and leaves nothing behind when it is replaced', async () => {
  const books = dynamoBooks(database.client, database.tables);
  const read = async () => (await books.standings([wallet.id]))[0]?.checkpoint;
  const first = placeOf(wallet.id, 7, 2 * holdsOfItem + 1);
  await books.keep('checkpoint', first);
  expect(await read()).toEqual(first);
  // A run that is behind another changes nothing.
  await books.keep('checkpoint', placeOf(wallet.id, 6, holdsOfItem + 1));
  expect(await read()).toEqual(first);
  const part = (version: number, n: number) => ({
    pk: `RECONCILED#${wallet.id}`,
    sk: `HOLDS#CHECKPOINT#${version}#000${n}`,
  });
  expect(await rowAt(part(6, 0), 'control')).toBeUndefined();
  const second = placeOf(wallet.id, 8, holdsOfItem + 1);
  await books.keep('checkpoint', second);
  expect(await read()).toEqual(second);
  expect(await rowAt(part(7, 0), 'control')).toBeUndefined();
  await remove(part(8, 1), 'control');
  expect(await read()).toEqual({ unreadable: '1 of 2 parts of its holds' });
});
