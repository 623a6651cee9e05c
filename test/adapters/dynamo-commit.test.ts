import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeCommit } from '../../lambdas/adapters/dynamo/commit.ts';
import { dynamoRequests } from '../../lambdas/adapters/dynamo/requests.ts';
import { makeRiding, rideWith } from '../../lambdas/adapters/dynamo/riding.ts';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import { behindAllOf, type Place } from '../../lambdas/core/kernel/place.ts';
import { append } from '../../lambdas/core/ledger/tail.ts';
import type { Requests } from '../../lambdas/core/requests/store.ts';
import type { Change, Sequence, ShardsOf } from '../../lambdas/core/store/change.ts';
import type { Store } from '../../lambdas/core/store/store.ts';
import { nextBlock } from '../../lambdas/core/wallet/next-block.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { effectOf } from '../support/books.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import {
  at,
  destination,
  minorOf,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';

let database: TestDatabase;
let store: Store;
let requests: Requests;
let commit: (changes: readonly Change[]) => Promise<readonly number[]>;

beforeAll(async () => {
  database = await startDatabase();
  store = dynamoStore(database.client, database.tables);
  requests = dynamoRequests(database.client, database.tables, 1_000);
  commit = makeCommit(database.client, database.tables);
});
afterAll(() => database.stop());

async function accepted() {
  const wallet = walletOf();
  await requests.createWallet(wallet);
  const withdrawal = requestedOf(wallet);
  await requests.createWithdrawal(withdrawal, []);
  return { wallet, withdrawal };
}

const reserved = (from: In<'requested'>): Change => ({
  change: 'withdrawal',
  from,
  to: moveTo(from, 'reserved', {}, at(2_000)),
});

const effect = (withdrawal: In<'requested'>, version: number): Change => ({
  change: 'record',
  to: { ...effectOf(withdrawal, null), version, sends: version },
});

test('what is written is what is read, in every stage', async () => {
  const { withdrawal } = await accepted();
  const labelled = {
    ...withdrawal,
    reference: 'order 7',
    metadata: { a: '1' },
    id: 'wd_0000000000000000000000000z' as const,
  };
  await requests.createWithdrawal(labelled, []);
  expect(await store.withdrawals([labelled.id])).toEqual([labelled]);

  const signed = {
    payout: minorOf(9n),
    fee: minorOf(1n),
    attempts: 1,
    txId: '0xaa',
    readFrom: 7,
  } as const;
  const paid = {
    ...signed,
    place: { height: 9, block: '0xbb', index: 0 },
    confirmations: 3,
  } as const;
  let current: Withdrawal = withdrawal;
  const go = async (to: typeof current) => {
    expect(await commit([{ change: 'withdrawal', from: current, to }])).toEqual([]);
    expect(await store.withdrawals([withdrawal.id])).toEqual([to]);
    current = to;
  };
  await go(moveTo(current, 'reserved', {}, at(2)));
  await go(moveTo(current, 'converting', {}, at(3)));
  await go({
    ...current,
    version: current.version + 1,
    retryCount: 1,
    stageRetries: 1,
    nextAttemptAt: at(99),
  });
  await go(moveTo(current, 'converted', { payout: minorOf(9n), fee: minorOf(1n) }, at(4)));
  await go(moveTo(current, 'signed', signed, at(5)));
  await go(moveTo(current, 'broadcast', signed, at(6)));
  await go(moveTo(current, 'confirmed', paid, at(7)));
  await go(moveTo(current, 'settled', paid, at(8)));
  expect(current.dueAt).toBeNull();
});

test('a move from an older version is refused, alone and among others', async () => {
  const { withdrawal } = await accepted();
  const { withdrawal: other } = await accepted();
  expect(await commit([reserved(withdrawal)])).toEqual([]);
  expect(await commit([reserved(withdrawal)])).toEqual([0]);
  expect(await commit([reserved(other), reserved(withdrawal)])).toEqual([1]);
  expect(await store.withdrawals([other.id])).toMatchObject([{ stage: 'requested' }]);
});

test('each change has the condition that its port promises', async () => {
  const { wallet, withdrawal } = await accepted();
  const { withdrawal: other } = await accepted();
  const found = await store.wallet(wallet.id);
  if (found === null) throw new Error('no wallet');
  const credit = transactionOf(wallet, 'CREDIT', 5n);
  await requests.createTransaction(credit);
  const postings = [{ kind: 'CREDIT', amount: minorOf(5n), sourceId: credit.id }] as const;
  const { to: balance } = append(found.balance, postings, at(3));
  const blocks = balance.tail;
  const lane = { network: 'ethereum', address: destination } as const;
  const claim = (by: In<'requested'>, transferId: string): Change => ({
    change: 'claim',
    transferId,
    withdrawalId: by.id,
    walletId: by.walletId,
  });
  const attempt = {
    change: 'attempt',
    attempt: {
      withdrawalId: withdrawal.id,
      number: 1,
      details: { raw: new Uint8Array([1, 2]), carrier: { nonce: 7n, from: destination } },
      createdAt: at(1),
    },
  } as const;
  const processed = { ...credit, version: 2, status: 'PROCESSED', processedAt: at(3) } as const;

  const story: [name: string, change: Change, refused: readonly number[]][] = [
    ['the next balance', { change: 'balance', to: balance }, []],
    ['the same balance again', { change: 'balance', to: balance }, [0]],
    ['a balance that is as it was read', { change: 'balance-unchanged', balance }, []],
    ['a balance that is no longer', { change: 'balance-unchanged', balance: found.balance }, [0]],
    ['a row of blocks', { change: 'blocks', blocks }, []],
    ['the row again', { change: 'blocks', blocks }, [0]],
    ['a transaction', { change: 'transaction', from: credit, to: processed }, []],
    ['the transaction again', { change: 'transaction', from: credit, to: processed }, [0]],
    ['an effect', effect(withdrawal, 1), []],
    ['a second first effect', effect(withdrawal, 1), [0]],
    ['its next version', effect(withdrawal, 2), []],
    ['its next version again', effect(withdrawal, 2), [0]],
    ['a claim', claim(withdrawal, 'tf_1'), []],
    ['the same claim by the same', claim(withdrawal, 'tf_1'), []],
    ['the same claim by another', claim(other, 'tf_1'), [0]],
    ['an attempt', attempt, []],
    ['the attempt again', attempt, [0]],
    ['a new lane', { change: 'sequence', sequence: lane, from: null, to: 1 }, []],
    ['the lane as new again', { change: 'sequence', sequence: lane, from: null, to: 1 }, [0]],
    ['the lane from where it is', { change: 'sequence', sequence: lane, from: 1, to: 3 }, []],
    ['the lane from where it was', { change: 'sequence', sequence: lane, from: 1, to: 3 }, [0]],
  ];
  const told: [string, readonly number[]][] = [];
  for (const [name, change] of story) told.push([name, await commit([change])]);
  expect(told).toEqual(story.map(([name, , refused]) => [name, refused]));
  expect(await store.nextNumber(lane)).toBe(3);
  expect(await store.attempt(withdrawal.id, 1)).toEqual(attempt.attempt);
  expect(await store.wallet(wallet.id)).toEqual({ wallet, balance });
});

test('a number that may be old comes along with a withdrawal, and is read anew after a write of our own, made or refused', async () => {
  const { withdrawal } = await accepted();
  const clock = testClock();
  const riding = rideWith(database.client, makeRiding(clock));
  const worker = dynamoStore(database.client, database.tables, riding);
  const sequence: Sequence = {
    network: 'ethereum',
    address: '0x00000000000000000000000000000000000000e1',
  };
  const goesTo = (from: number | null, to: number): Change => {
    return { change: 'sequence', sequence, from, to };
  };
  const number = () => worker.nextNumber(sequence, { goodMs: 500, with: [sequence] });
  expect(await number()).toBeNull();
  clock.advance(500);
  await worker.withdrawals([withdrawal.id]);
  // Another worker takes the first one meanwhile.
  await commit([goesTo(null, 1)]);
  expect(await number()).toBeNull();
  expect(await worker.nextNumber(sequence)).toBe(1);
  expect(await worker.commit([goesTo(null, 1)])).toEqual([0]);
  expect(await number()).toBe(1);
  expect(await worker.commit([goesTo(1, 2)])).toEqual([]);
  expect(await number()).toBe(2);
});

test('twenty writers of one balance: each version is written once', async () => {
  const { wallet } = await accepted();
  const credit = async (): Promise<void> => {
    for (;;) {
      const found = await store.wallet(wallet.id);
      if (found === null) throw new Error('no wallet');
      const sourceId = transactionOf(wallet, 'CREDIT', 1n).id;
      const posting = { kind: 'CREDIT', amount: minorOf(1n), sourceId } as const;
      if ((await commit(nextBlock(found.balance, [posting], at(3)))).length === 0) return;
    }
  };
  await Promise.all(Array.from({ length: 20 }, credit));
  expect(await store.wallet(wallet.id)).toMatchObject({
    balance: { available: 20n, version: 20, entries: 20 },
  });
});

test('the inbox is in order of acceptance over all its shards, and forgets what was applied', async () => {
  const wallet = walletOf();
  await requests.createWallet(wallet);
  const operations = Array.from({ length: 30 }, (_, index) =>
    requestedOf(wallet, { createdAt: at(5_000 - index * 10) }),
  );
  for (const one of operations) await requests.createWithdrawal(one, []);
  const oldestFirst = operations
    .toReversed()
    .map(({ id, createdAt }) => ({ id, acceptedAt: createdAt }));
  expect(await store.inbox(wallet.id, 1, 100)).toEqual(oldestFirst);
  expect(await store.inbox(wallet.id, 1, 7)).toEqual(oldestFirst.slice(0, 7));
  const [oldest] = operations.toReversed();
  if (oldest !== undefined) await commit([reserved(oldest)]);
  expect(await store.inbox(wallet.id, 1, 100)).toEqual(oldestFirst.slice(1));
});

test.each([1, 4])(
  'the list of a wallet is in order of creation over all its %i shards, from a place on and from its end',
  async (list) => {
    const wallet = walletOf({ listShards: list });
    await requests.createWallet(wallet);
    expect(await store.wallet(wallet.id)).toMatchObject({ wallet: { listShards: list } });
    const made = Array.from({ length: 30 }, (_, index) =>
      requestedOf(wallet, { createdAt: at(5_000 - index * 10) }),
    );
    // Half of them are from before it had so many.
    for (const [index, one] of made.entries())
      await requests.createWithdrawal(one, [], { inbox: null, list: index % 2 === 0 ? 1 : list });
    const oldestFirst = made
      .toReversed()
      .map(({ id, createdAt }) => ({ id, acceptedAt: createdAt }));
    const accepted = (after: Place | null, limit: number) =>
      store.accepted(wallet.id, list, after, limit);
    for (const limit of [1, 7, 30, 100]) {
      expect(await accepted(null, limit)).toEqual(oldestFirst.slice(-limit));
      expect(await accepted(behindAllOf(at(0)), limit)).toEqual(oldestFirst.slice(0, limit));
      expect(await accepted(behindAllOf(at(4_800)), limit)).toEqual(
        oldestFirst.filter(({ acceptedAt }) => acceptedAt > 4_800).slice(0, limit),
      );
    }
    // It stays where it is, whatever becomes of it.
    const [oldest] = made.toReversed();
    if (oldest !== undefined) await commit([reserved({ ...oldest, listed: true })]);
    expect(await accepted(null, 100)).toEqual(oldestFirst);
  },
);

test('inbox and list of a wallet get more parts, each once, and the wallet says how many', async () => {
  const wallet = walletOf();
  await requests.createWallet(wallet);
  const more = (of: ShardsOf, from: number, to: number) =>
    commit([{ change: 'more-shards', walletId: wallet.id, of, from, to }]);
  const both = [more('listShards', 1, 2), more('listShards', 1, 2)];
  expect((await Promise.all(both)).toSorted((a, b) => a.length - b.length)).toEqual([[], [0]]);
  expect(await more('inboxShards', 1, 4)).toEqual([]);
  expect(await more('listShards', 2, 8)).toEqual([]);
  expect(await store.wallet(wallet.id)).toMatchObject({
    wallet: { inboxShards: 4, listShards: 8 },
  });
});

test('fifty creates at once make one withdrawal, and the others find it', async () => {
  const wallet = walletOf();
  const withdrawal = requestedOf(wallet);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => requests.createWithdrawal(withdrawal, [])),
  );
  expect(answers.filter((answer) => answer === null)).toHaveLength(1);
  expect(answers.filter((answer) => answer !== null)).toEqual(
    Array.from({ length: 49 }, () => ({ existing: withdrawal })),
  );
});
