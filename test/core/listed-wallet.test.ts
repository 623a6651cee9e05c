/** The list of a wallet's withdrawals serves as its inbox: nothing is passed, nothing waits unseen, and what is done is not read again. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import type { Row } from '../../lambdas/adapters/dynamo/keys.ts';
import { transactionToRow } from '../../lambdas/adapters/dynamo/wallet-rows.ts';
import type { WalletId } from '../../lambdas/core/kernel/ids.ts';
import { heldIn } from '../../lambdas/core/kernel/ids.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import type { Store } from '../../lambdas/core/store/store.ts';
import {
  heldShownMax,
  inboxStaleMs,
  listBusyMs,
  notedMin,
  postingsMax,
} from '../../lambdas/core/wallet/limits.ts';
import { makeWriter } from '../../lambdas/core/wallet/writer.ts';
import { moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { type Given, idsOf, listedWalletIn, many, nameOf } from '../support/listed-wallet.ts';
import { shared } from '../support/shared.ts';
import { at, minorOf, requestedOf, testClock, transactionOf, walletOf } from '../support/things.ts';
import { startWorld, stepWorld, type TestWorld } from '../support/world.ts';

const it = shared(async () => {
  const database = await startDatabase();
  const world = await startWorld(database);
  return { ...database, ...world, stop: database.stop } satisfies TestWorld;
});

const listedWallet = (...given: Given) => listedWalletIn(it, ...given);
const stageOf = async ({ id }: Withdrawal) => (await it.now(id)).stage;

/** A wallet as most are, and a busy one. */
const parts = [{ listShards: 1 }, { listShards: 4 }];

test('from its first block on withdrawals of a wallet have no entry in the inbox, and are found', async () => {
  const { accept, ring, wallet, inbox } = await listedWallet();
  const one = await accept();
  expect(await inbox()).toEqual([]);
  await ring([wallet.id]);
  expect(await it.now(one.id)).toMatchObject({ stage: 'reserved', version: 2 });
  expect(await inbox()).toEqual([]);
});

test('a lone withdrawal of a wallet with a past costs one look, and reads nothing of the past', async () => {
  const { accept, ring, wallet, calls, clock, forget, reset } = await listedWallet();
  for (const one of await many(60, () => accept())) await ring([wallet.id, nameOf(one)]);
  clock.advance(86_400_000);
  forget();
  const one = await accept();
  reset();
  await ring([wallet.id, nameOf(one)]);
  expect(await stageOf(one)).toBe('reserved');
  expect(calls).toEqual({ accepted: 1, inbox: 1, items: 1, reads: 1, commits: 1 });
});

test('what the latest look has taken is not looked for again, but for what came into the list behind it', async () => {
  const { accept, ring, wallet, calls, clock, reset } = await listedWallet();
  const early = at(clock.now() - 5_000);
  const some = await many(3, () => accept());
  await ring([wallet.id, ...some.map(nameOf)]);
  clock.advance(-600);
  reset();
  await ring([wallet.id, ...some.map(nameOf)]);
  expect(calls.reads).toBe(0);
  const late = await accept({ createdAt: early });
  await ring([wallet.id, nameOf(late)]);
  expect(await stageOf(late)).toBe('reserved');
});

test.each(parts)(
  'what came late is held back with the others, and goes first when the wallet is ACTIVE again, %j',
  async (given) => {
    const { accept, ring, wallet, clock, suspend, applied, inbox } = await listedWallet(
      1_000_000n,
      given,
    );
    const early = clock.now();
    clock.advance(5_000);
    const first = await accept();
    await ring([wallet.id, nameOf(first)]);
    await suspend('SUSPENDED');
    const late = await accept({ createdAt: early });
    const next = await accept();
    await ring([wallet.id, nameOf(late), nameOf(next)]);
    expect(await inbox()).toEqual([late.id]);
    await suspend('ACTIVE');
    applied.length = 0;
    // Only the wallet is rung for, and another worker comes.
    await ring([wallet.id]);
    expect(applied).toEqual([late.id, next.id]);
    expect(await inbox()).toEqual([]);
  },
);

test('a block of holds that end passes nothing that waits for its wallet to be ACTIVE again', async () => {
  const { accept, ring, wallet, clock, suspend, applied, forget, giveBack } = await listedWallet();
  const paid = await accept();
  await ring([wallet.id, nameOf(paid)]);
  await giveBack(paid);
  await suspend('SUSPENDED');
  const waiting = await accept();
  await ring([wallet.id, nameOf(waiting), heldIn(wallet.id, paid.id)]);
  expect([await stageOf(paid), await stageOf(waiting)]).toEqual(['refunded', 'requested']);
  await suspend('ACTIVE');
  forget();
  clock.advance(60_000);
  applied.length = 0;
  await ring([wallet.id]);
  expect(applied).toEqual([waiting.id]);
});

test.each(['suspended', 'held back'].flatMap((why) => parts.map((given) => [why, given] as const)))(
  'hundreds that wait while their wallet is %s are applied in order, and none is read twice when they are done, %j',
  async (why, given) => {
    const world = await listedWallet(1_000_000n, given);
    const { accept, ring, wallet, clock, applied, calls, reset } = world;
    const off = (is: boolean) =>
      why === 'suspended' ? world.suspend(is ? 'SUSPENDED' : 'ACTIVE') : world.hold(is);
    await off(true);
    const all = await many(2 * postingsMax + 20, async (index) => {
      if (index % 7 === 0) clock.advance(1);
      return accept();
    });
    const inOrder = all.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    for (let visit = 0; visit < 3; visit += 1) await ring([wallet.id, ...all.map(nameOf)]);
    expect(applied).toEqual([]);
    if (why === 'held back')
      for (const one of all) expect((await it.now(one.id)).nextAttemptAt).not.toBeNull();
    await off(false);
    reset();
    expect(await ring([wallet.id])).toBe('done');
    expect(applied).toEqual(idsOf(inOrder));
    expect(calls.items).toBeLessThan(all.length + postingsMax);
    clock.advance(60_000);
    world.forget();
    const one = await accept();
    reset();
    await ring([wallet.id, nameOf(one)]);
    expect(applied).toEqual([one.id]);
    // A worker that knows nothing of the wallet learns by a look that there are more parts.
    expect(calls.items).toBe(given.listShards === 1 ? 1 : 2);
  },
);

test.each(parts)(
  'more than a transaction holds, accepted in one millisecond, are all applied, each once, %j',
  async (given) => {
    const { accept, ring, wallet, applied } = await listedWallet(1_000_000n, given);
    const all = await many(2 * postingsMax + 5, () => accept());
    await ring([wallet.id]);
    expect(applied).toEqual(idsOf(all.toSorted((a, b) => (a.id < b.id ? -1 : 1))));
  },
);

test('what is rejected or was cancelled is passed, and not read for ever', async () => {
  const { accept, ring, wallet, clock, calls, reset, forget } = await listedWallet(1n);
  const poor = await many(3, () => accept({ amount: minorOf(5n) }));
  await ring([wallet.id, ...poor.map(nameOf)]);
  expect(await Promise.all(poor.map(stageOf))).toEqual(poor.map(() => 'rejected'));
  const given = await many(notedMin, () => accept());
  for (const from of given) {
    const failure = { code: 'CANCELLED_BY_CLIENT', message: '', retryable: false } as const;
    const to = moveTo(from, 'cancelled', { failure }, clock.now());
    await it.store.commit([{ change: 'withdrawal', from: { ...from, listed: true }, to }]);
  }
  await ring([wallet.id, ...given.map(nameOf)]);
  clock.advance(60_000);
  forget();
  const one = await accept();
  reset();
  await ring([wallet.id, nameOf(one)]);
  expect(await stageOf(one)).toBe('reserved');
  expect(calls).toMatchObject({ items: 1, reads: 1 });
});

test('credits, debits, what was taken up again and what older code accepted keep their places between', async () => {
  const { accept, ring, wallet, clock, applied } = await listedWallet(2n);
  const poor = await accept({ amount: minorOf(50n) });
  await ring([wallet.id, nameOf(poor)]);
  const placed = async <T>(make: () => Promise<T>): Promise<T> => {
    clock.advance(1);
    return make();
  };
  const txn = async (type: 'CREDIT' | 'DEBIT', amount: bigint) => {
    const one = transactionOf(wallet, type, amount, clock.now());
    await it.requests.createTransaction(one);
    return one;
  };
  const order = [
    await placed(() => accept({ amount: minorOf(2n) })),
    await placed(() => txn('CREDIT', 7n)),
    await placed(async () => {
      const old = requestedOf(wallet, { amount: minorOf(3n), createdAt: clock.now() });
      await it.requests.createWithdrawal(old, []);
      return old;
    }),
    await placed(async () => {
      const from = await it.now(poor.id);
      const now = clock.now();
      const to = { ...moveTo(from, 'requested', {}, now), acceptedAt: now, amount: minorOf(4n) };
      await it.store.commit([{ change: 'withdrawal', from, to: to as Withdrawal }]);
      return poor;
    }),
    await placed(() => txn('DEBIT', 5n)),
    await placed(() => accept({ amount: minorOf(1n) })),
  ];
  applied.length = 0;
  await ring([wallet.id]);
  expect(applied).toEqual(idsOf(order));
  const { status } = (await it.store.transactions([order[4]?.id as never]))[0] ?? {};
  expect(status).toBe('FAILED');
});

test.each([1, postingsMax + 1])(
  '%i credits that cannot be read hold up nothing else, and keep their place until they can be',
  async (many) => {
    const { accept, ring, giveBack, clock, wallet, inbox } = await listedWallet();
    const first = await accept();
    await ring([wallet.id, nameOf(first)]);
    const credits = Array.from({ length: many }, () =>
      transactionOf(wallet, 'CREDIT', 5n, clock.now()),
    );
    const put = (Item: Row) => it.client.send(new PutCommand({ TableName: it.tables.money, Item }));
    for (const one of credits) await put({ ...transactionToRow(one, 0), type: 'REVERSAL' });
    clock.advance(1_000);
    const second = await accept();
    await giveBack(first);
    await ring([wallet.id, nameOf(second), heldIn(wallet.id, first.id)]);
    expect([await stageOf(first), await stageOf(second)]).toEqual(['refunded', 'reserved']);
    const ids = credits.map(({ id }) => id);
    expect(new Set(await inbox())).toEqual(new Set(ids));
    for (const one of credits) await put(transactionToRow(one, 0));
    clock.advance(inboxStaleMs + 5_000);
    await ring([wallet.id]);
    const now = await it.store.transactions(ids);
    expect(now.filter(({ status }) => status === 'PROCESSED')).toHaveLength(many);
  },
);

test('where only older code has been the inbox has all that waits, and the past is not read', async () => {
  const clock = testClock();
  const wallet = walletOf({ currency: 'USDC' });
  await it.requests.createWallet(wallet);
  const accept = async (createdAt: Instant, amount: bigint) => {
    const one = requestedOf(wallet, { asset: 'USDC', amount: minorOf(amount), createdAt });
    await it.requests.createWithdrawal(one, []);
    return one;
  };
  const past = await many(40, () => accept(clock.now(), 1n));
  for (const from of past)
    await it.store.commit([
      { change: 'withdrawal', from, to: moveTo(from, 'reserved', {}, clock.now()) },
    ]);
  clock.advance(1_000);
  const [first, second] = [await accept(clock.now(), 9n), await accept(clock.now(), 9n)];
  let items = 0;
  const store: Store = {
    ...it.store,
    walletWith: (id: WalletId, ids) => {
      items += ids.length;
      return it.store.walletWith(id, ids);
    },
  };
  await makeWriter(stepWorld(store, clock), new Map())([wallet.id], clock.now());
  expect([await stageOf(first), await stageOf(second)]).toEqual(['rejected', 'rejected']);
  expect(items).toBe(2);
  expect(await it.requests.wallet(wallet.id)).toMatchObject({ wallet: { listed: true } });
});

test('what older code has worked off after a rollback is passed once it is new again', async () => {
  const { accept, ring, wallet, clock, calls, forget, reset } = await listedWallet();
  const worked = await many(postingsMax + 30, async () => {
    clock.advance(1);
    return requestedOf(wallet, { asset: 'USDC', amount: minorOf(1n), createdAt: clock.now() });
  });
  for (const from of worked) {
    await it.requests.createWithdrawal(from, []);
    const to = moveTo(from, 'reserved', {}, clock.now());
    await it.store.commit([{ change: 'withdrawal', from, to }]);
  }
  const left = await accept();
  forget();
  await ring([wallet.id, nameOf(left)]);
  expect(await stageOf(left)).toBe('reserved');
  clock.advance(60_000);
  forget();
  const one = await accept();
  reset();
  await ring([wallet.id, nameOf(one)]);
  expect(calls.items).toBe(1);
});

test('a worker that has seen fewer parts of the list, and one that knows nothing, read all of them, in order', async () => {
  const { accept, ring, wallet, clock, applied, grow, forget } = await listedWallet();
  const all = [await accept()];
  await ring([wallet.id]);
  for (const [from, to] of [
    [1, 2],
    [2, 16],
  ] as const) {
    await grow(from, to);
    // Only the wallet is rung for, so nothing is found by its name.
    for (const comesAnew of [false, true]) {
      clock.advance(600);
      const some = await many(20, async () => {
        clock.advance(1);
        return accept();
      });
      all.push(...some);
      if (comesAnew) forget();
      await ring([wallet.id]);
      expect(applied).toEqual(idsOf(all));
    }
  }
});

test('who has read the wallet before it grew writes into the first part, which is read in its order', async () => {
  const { accept, ring, wallet, clock, applied, grow } = await listedWallet();
  await ring([wallet.id]);
  await grow(1, 8);
  const all = await many(30, async (index) => {
    clock.advance(1);
    if (index % 2 === 0) return accept();
    const one = requestedOf(wallet, { asset: 'USDC', amount: minorOf(1n), createdAt: clock.now() });
    await it.requests.createWithdrawal(one, [], { inbox: null, list: 1 });
    return one;
  });
  await ring([wallet.id]);
  expect(applied).toEqual(idsOf(all));
});

test('a wallet from which many are withdrawn for some seconds gets another part of its list, and one with a burst does not', async () => {
  const { accept, ring, wallet, clock } = await listedWallet();
  const shards = async () => (await it.requests.wallet(wallet.id))?.wallet.listShards;
  const began = clock.now();
  await many(postingsMax, () => accept());
  await ring([wallet.id]);
  expect(await shards()).toBe(1);
  clock.advance(began + listBusyMs - 1 - clock.now());
  await many(postingsMax, () => accept());
  await ring([wallet.id]);
  expect(await shards()).toBe(2);
});

test.each([false, true])(
  'while the index is behind, all that a doorbell names are applied in order, however many they are (another worker: %s)',
  async (comesAnew) => {
    const { accept, ring, wallet, clock, applied, fallBehind, forget } = await listedWallet();
    await accept();
    await ring([wallet.id]);
    applied.length = 0;
    clock.advance(500);
    fallBehind();
    if (comesAnew) forget();
    const all = await many(2 * postingsMax + 20, () => {
      clock.advance(1);
      return accept();
    });
    // Messages of several groups of a batch come in any order.
    await ring([wallet.id, ...all.toReversed().map(nameOf)]);
    expect(applied).toEqual(idsOf(all));
  },
);

test('what the index shows of many that came late is not passed while those before it are read by their names', async () => {
  const { accept, ring, wallet, clock, applied, fallBehind, forget } = await listedWallet();
  const early = clock.now();
  clock.advance(5_000);
  await ring([wallet.id, nameOf(await accept())]);
  applied.length = 0;
  const all = await many(postingsMax + 5, (index) => accept({ createdAt: at(early + index) }));
  const last = await accept({ createdAt: at(early + 1_000) });
  fallBehind(last.id);
  forget();
  await ring([wallet.id, ...[...all, last].map(nameOf)]);
  expect(applied).toEqual(idsOf([...all, last]));
});

test('whoever is rung for shows that a switch holds it back, however many wait before it', async () => {
  const { accept, ring, wallet, hold, clock } = await listedWallet();
  await accept();
  await ring([wallet.id]);
  hold(true);
  clock.advance(500);
  const all = await many(heldShownMax + 10, () => {
    clock.advance(1);
    return accept();
  });
  const [last] = all.slice(-1) as [Withdrawal];
  await ring([wallet.id, nameOf(last)]);
  expect((await it.now(last.id)).nextAttemptAt).not.toBeNull();
});

test('what came late while a switch holds it back keeps its place as well, and shows it when it is rung for again', async () => {
  const { accept, ring, wallet, hold, clock, inbox } = await listedWallet();
  const early = clock.now();
  clock.advance(5_000);
  await ring([wallet.id, nameOf(await accept())]);
  hold(true);
  const late = await accept({ createdAt: early });
  await ring([wallet.id, nameOf(late)]);
  expect(await inbox()).toEqual([late.id]);
  await ring([wallet.id, nameOf(late)]);
  expect((await it.now(late.id)).nextAttemptAt).not.toBeNull();
});
