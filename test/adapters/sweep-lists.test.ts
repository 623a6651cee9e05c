/** What sweep finds in the tables, however it came there: rows of now, of old code, and rows that are in no list. */
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { dynamoDue } from '../../lambdas/adapters/dynamo/due.ts';
import { keyOf, type Row } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoProgress } from '../../lambdas/adapters/dynamo/sweep-progress.ts';
import { dynamoUnlisted } from '../../lambdas/adapters/dynamo/unlisted.ts';
import { transactionToRow } from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import { withdrawalToRow } from '../../lambdas/adapters/dynamo/withdrawal-row.ts';
import { type WithdrawalId, waitingIn } from '../../lambdas/core/kernel/ids.ts';
import { dueFreshMs, lostDoorbellMs } from '../../lambdas/core/kernel/limits.ts';
import type { Doorbell } from '../../lambdas/core/outbox/doorbells.ts';
import type { Walked } from '../../lambdas/core/outbox/laps.ts';
import { scanEveryMs, scanMendedMax } from '../../lambdas/core/outbox/limits.ts';
import { type Scanned, scanOn } from '../../lambdas/core/outbox/scan.ts';
import { makeSweep } from '../../lambdas/core/outbox/sweep.ts';
import { waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { fresh } from '../support/shared.ts';
import { listedIn } from '../support/sweep.ts';
import {
  at,
  evenDice,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { endIn, move, startWorld, stepWorld, type TestWorld } from '../support/world.ts';

const start = Date.UTC(2026, 10, 28);
const it = fresh(async () => {
  const database = await startDatabase();
  const world = await startWorld(database);
  return { ...database, ...world, stop: database.stop } satisfies TestWorld;
});

const listed = async () => {
  const due = dynamoDue(it.client, it.tables);
  const far = at(start + 365 * 24 * 3_600_000);
  const ids = async (list: 'due' | 'open') => (await listedIn(due, list, far)).map(({ id }) => id);
  return { due: await ids('due'), open: await ids('open') };
};
const rowOf = async (Key: Row): Promise<Row> =>
  (await it.client.send(new GetCommand({ TableName: 'money', Key, ConsistentRead: true }))).Item ??
  {};
const put = (Item: Row) => it.client.send(new PutCommand({ TableName: 'money', Item }));
const accepted = async (given: object = {}) => {
  const one = requestedOf(walletOf(), { createdAt: at(start), dueAt: at(start + 2_000), ...given });
  await it.requests.createWithdrawal(one, []);
  return one;
};
const ringsOf = ({ id, walletId, createdAt }: Withdrawal) => [
  `debit ${walletId}`,
  `debit ${walletId}#${id}#${createdAt}`,
];
/** The ids and steps that passes at these times after the start ring for. */
async function rung(...seconds: number[]): Promise<string[]> {
  const all: string[] = [];
  const ring = async (bells: readonly Doorbell[]): Promise<void> => {
    all.push(...bells.flatMap(({ step, ids }) => ids.map((id) => `${step} ${id}`)));
  };
  const pass = makeSweep(
    dynamoDue(it.client, it.tables),
    { ring },
    { pollMs: 2_000, passMs: 1_000 },
  );
  for (const second of seconds) await pass(at(start + second * 1_000));
  return all;
}

test('on its way a withdrawal is in one list, and in none when it has ended', async () => {
  const one = await accepted();
  expect(await listed()).toEqual({ due: [], open: [one.id] });
  expect(await rung(9, 11)).toEqual(ringsOf(one));
  const reserved = await move(it.store, one, moveTo(one, 'reserved', {}, at(start + dueFreshMs)));
  expect(await listed()).toEqual({ due: [], open: [one.id] });
  const failure = { code: 'INSUFFICIENT_FUNDS', message: '', retryable: true } as const;
  const refunding = moveTo(
    reserved,
    'refunding',
    { failure, proof: { proof: 'never-sent' } },
    at(start + 20_000),
  );
  await move(it.store, reserved, refunding);
  await move(
    it.store,
    refunding,
    moveTo(refunding, 'refunded', { failure, proof: refunding.proof }, at(start + 21_000)),
  );
  expect(await listed()).toEqual({ due: [], open: [] });
});

test('what waits, and what moves when it is no longer young, is due at a time of its own', async () => {
  const one = await accepted();
  const waits = waitFor<Withdrawal>(
    one,
    at(start + 5_000),
    'on-ramp-away',
    at(start + 4_000),
    evenDice,
  );
  expect(await it.store.commit([{ change: 'withdrawal', from: one, to: waits }])).toEqual([]);
  expect(await listed()).toEqual({ due: [one.id], open: [one.id] });
  const other = await accepted();
  const late = start + 24 * 3_600_000;
  const moved = await move(it.store, other, moveTo(other, 'reserved', {}, at(late)));
  expect(moved.dueAt).toBe(late + lostDoorbellMs);
  expect((await listed()).due).toContain(other.id);
  // Its own ring is lost: sweep rings in the next pass in which it is due.
  const first = late / 1_000 - start / 1_000;
  expect(await rung(first + 5, first + 11)).toContain(`on-ramp ${other.id}`);
});

test('rows of old code are found as they are, and leave the lists as new ones do', async () => {
  const old = requestedOf(walletOf(), { createdAt: at(start), dueAt: at(start + 2_000) });
  const { inbox, ...row } = withdrawalToRow(old);
  await put(row);
  expect(await listed()).toEqual({ due: [old.id], open: [] });
  expect(await rung(20)).toEqual(ringsOf(old));
  expect(await rung(100_000)).toEqual(ringsOf(old));
  const [read] = (await it.store.withdrawals([old.id])) as [In<'requested'>];
  const reserved = await move(it.store, read, moveTo(read, 'reserved', {}, at(start + 3_000)));
  expect(await listed()).toEqual({ due: [], open: [reserved.id] });
});

const newerPk = `WD#wd_${'n'.repeat(26)}`;
const lostCredit = `txn_${'t'.repeat(26)}`;

test('the slow scan finds what is open and in no list, a part at a time, and lists it', async () => {
  const { inbox, ...plain } = withdrawalToRow(requestedOf(walletOf(), { dueAt: null }));
  const lost = Array.from({ length: scanMendedMax + 5 }, (_, n) => ({
    ...plain,
    pk: `WD#wd_${String(n).padStart(26, '0')}`,
  }));
  for (const row of lost) await put(row);
  const failure = { code: 'OUTCOME_UNKNOWN', message: '', retryable: false };
  const review = {
    ...plain,
    pk: `WD#wd_${'r'.repeat(26)}`,
    stage: 'review',
    failure,
    heldFrom: 'converting',
  };
  const newer = { ...plain, pk: newerPk, format: 99 };
  const ended = { ...plain, pk: `WD#wd_${'e'.repeat(26)}`, stage: 'rejected', failure };
  const credit = transactionToRow(transactionOf(walletOf(), 'CREDIT', 1n), 0);
  for (const row of [
    review,
    newer,
    ended,
    { ...credit, pk: `TXN#${lostCredit}`, dueShard: undefined },
  ])
    await put(row);
  const unlisted = dynamoUnlisted(it.client, it.tables);
  let scanned: Scanned | null = null;
  let mended = 0;
  do {
    const went: Awaited<ReturnType<typeof scanOn>> = await scanOn(unlisted, scanned, at(start));
    expect(went.mended).toBeLessThanOrEqual(scanMendedMax);
    scanned = went.scanned;
    mended += went.mended;
  } while (scanned.isUnderway);
  expect(mended).toBe(lost.length + 2);
  const now = await listed();
  expect(now.due.toSorted()).toEqual([...lost.map(({ pk }) => pk.slice(3)), lostCredit].toSorted());
  expect(now.open).toHaveLength(lost.length + 1);
  // Whoever had read one before must read it again: its end would leave the entries behind.
  expect(await rowOf({ pk: lost[0]?.pk, sk: 'META' })).toMatchObject({ version: 2n });
  expect(await rowOf({ pk: newerPk, sk: 'META' })).toMatchObject({ version: 1n });
  // It rests until its next hour.
  const rests = await scanOn(unlisted, scanned, at(start + scanEveryMs - 1));
  expect(rests.scanned).toBe(scanned);
  expect((await scanOn(unlisted, scanned, at(start + scanEveryMs))).scanned.began).toBe(
    start + scanEveryMs,
  );
});

test('the slow scan goes on behind rows that nobody can read, and says where they are', async () => {
  const { inbox, ...plain } = withdrawalToRow(requestedOf(walletOf(), { dueAt: null }));
  const [odd, other, good] = [`WD#wd_${'a'.repeat(26)}`, 'WD#odd', `WD#wd_${'b'.repeat(26)}`];
  await put({ ...plain, pk: odd, version: 'x' });
  await put({ ...plain, pk: other });
  await put({ ...plain, pk: good });
  const { mended, unreadable } = await scanOn(
    dynamoUnlisted(it.client, it.tables),
    null,
    at(start),
  );
  expect(mended).toBe(1);
  expect(unreadable.map(({ pk }) => pk).toSorted()).toEqual([odd, other].toSorted());
  expect((await listed()).due).toEqual([good.slice(3)]);
});

test('what the slow scan lists is found where its doorbell leads: in the inbox of its wallet', async () => {
  const wallet = walletOf();
  const credit = transactionToRow(transactionOf(wallet, 'CREDIT', 5n), 0);
  const journal = withdrawalToRow(requestedOf(wallet, { dueAt: null, atBrokerage: true }));
  const named = withdrawalToRow(requestedOf(wallet, { dueAt: null }));
  const lost = { inbox: undefined, inboxOrder: undefined };
  for (const row of [
    { ...credit, ...lost },
    { ...journal, ...lost },
    { ...named, ...lost },
  ])
    await put(row);
  const { mended } = await scanOn(dynamoUnlisted(it.client, it.tables), null, at(start));
  expect(mended).toBe(3);
  const found = await it.store.inbox(wallet.id, 1, 10);
  expect(found.map(({ id }) => id).toSorted()).toEqual(
    [credit, journal].map(({ pk }) => String(pk).replace(/^.*#/, '')).toSorted(),
  );
});

test('a row of a wallet at a brokerage that does not say so is rung for at last where it is found', async () => {
  const clock = testClock(start);
  const wallet = walletOf({ funding: { type: 'alpaca', accountId: 'a' } });
  await it.requests.createWallet(wallet);
  const { inbox, inboxOrder, atBrokerage, ...row } = withdrawalToRow(
    requestedOf(wallet, { createdAt: at(start), acceptedAt: at(start), dueAt: null }),
  );
  await put(row);
  await scanOn(dynamoUnlisted(it.client, it.tables), null, at(start));
  const id = String(row['pk']).slice(3);
  clock.advance(60_000);
  // As sweep rings for it: by the wallet and its own name.
  await endIn(stepWorld(it.store, clock))([waitingIn(wallet.id, id, at(start)) as WithdrawalId]);
  expect(await rowOf({ pk: row['pk'], sk: 'META' })).toMatchObject({ atBrokerage: true });
  expect((await it.store.inbox(wallet.id, 4, 10)).map((one) => one.id)).toEqual([id]);
});

test('a row that has changed since the scan read it is left alone', async () => {
  const one = await accepted();
  const before = await rowOf(keyOf.withdrawal(one.id));
  await move(it.store, one, moveTo(one, 'reserved', {}, at(start)));
  const unlisted = dynamoUnlisted(it.client, it.tables);
  expect(await unlisted.mend({ ...before, openShard: undefined }, at(start))).toBe('changed');
});

test('how far sweep has come is kept, place and all; what cannot be read is begun anew', async () => {
  const progress = dynamoProgress(it.client, it.tables);
  expect(await progress.load()).toEqual({ laps: new Map(), scanned: null });
  const place = { pk: 'WD#wd_1', sk: 'META', dueShard: 'DUE#1', dueAt: 5n };
  const walked: Walked = {
    lap: { began: at(7), places: [place, 'done', null, null], seen: 3 },
    lastBegan: at(7),
    lastSeen: null,
  };
  const kept = {
    laps: new Map([['due 1', walked]]),
    scanned: { began: at(9), place: { pk: 'WD#wd_1', sk: 'META' }, isUnderway: true },
  };
  await progress.save(kept);
  expect(await progress.load()).toEqual(kept);
  await it.client.send(
    new PutCommand({ TableName: 'control', Item: { pk: 'SWEEP', sk: 'PROGRESS', laps: 'none' } }),
  );
  expect(await progress.load()).toEqual({ laps: new Map(), scanned: null });
});
