/** What retell is told has changed in a span of time: as much as a scan of the whole table says, and without one. */
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, test } from '@jest/globals';
import { dynamoChanged } from '../../lambdas/adapters/dynamo/changed.ts';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import type { WalletId } from '../../lambdas/core/kernel/ids.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import type { Changed, Way } from '../../lambdas/core/outbox/retell.ts';
import type { Span } from '../../lambdas/core/outbox/tell-anew.ts';
import { moveWithBlock } from '../../lambdas/core/wallet/follow-debit.ts';
import { nextBlock } from '../../lambdas/core/wallet/next-block.ts';
import { givenBack } from '../../lambdas/core/withdrawal/endings.ts';
import { inReview, waitFor } from '../../lambdas/core/withdrawal/retry.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { startDatabase } from '../support/dynoxide.ts';
import { fresh } from '../support/shared.ts';
import { writeOut } from '../support/tail.ts';
import {
  at,
  evenDice,
  minorOf,
  requestedOf,
  testClock,
  transactionOf,
  walletOf,
} from '../support/things.ts';
import { debitIn, endIn, move, startWorld, stepWorld, type TestWorld } from '../support/world.ts';

const minute = 60_000;
const begin = 100 * 60 * minute;
const database = fresh(startDatabase);
let world: TestWorld;
let clock: ReturnType<typeof testClock>;
let wallets: Wallet[];
let takeTurns: ReturnType<typeof debitIn>;
beforeEach(async () => {
  world = await startWorld(database);
  clock = testClock(begin);
  takeTurns = debitIn(stepWorld(world.store, clock));
  wallets = [1, 2, 3].map(() => walletOf({ currency: 'USDC' }));
  for (const wallet of wallets) {
    await world.requests.createWallet(wallet);
    await credit(wallet, 1_000_000n);
  }
});

const credit = async (wallet: Wallet, amount: bigint): Promise<void> => {
  const given = { createdAt: clock.now() };
  await world.requests.createTransaction({ ...transactionOf(wallet, 'CREDIT', amount), ...given });
  await takeTurns(wallet.id);
};
const ask = async (wallet: Wallet, amount = 1_000n): Promise<In<'requested'>> => {
  const one = requestedOf(wallet, { createdAt: clock.now(), amount: minorOf(amount) });
  const withLine = { ...one, history: [{ stage: 'requested', at: clock.now() }] as const };
  await world.requests.createWithdrawal(withLine, []);
  return withLine;
};
const hold = async (wallet: Wallet): Promise<Withdrawal> => {
  const { id } = await ask(wallet);
  clock.advance(minute);
  await takeTurns(wallet.id);
  return world.now(id);
};

const failure = { code: 'ON_RAMP_REJECTED', message: '', retryable: true } as const;
const proof = { proof: 'never-sent' } as const;
const paid = {
  ...{ payout: minorOf(1_000n), fee: minorOf(0n), attempts: 1, txId: '0xaa', readFrom: 7 },
  ...{ place: { height: 9, block: '0xbb', index: 0 }, confirmations: 3 },
};
const go = async (from: Withdrawal, ...stages: Parameters<typeof moveTo>[1][]) => {
  let one = from;
  for (const stage of stages) {
    clock.advance(minute);
    const facts = { ...paid, failure, proof };
    one = await move(world.store, one, moveTo(one, stage, facts as never, clock.now()));
  }
  return one;
};
const end = async ({ id }: Withdrawal): Promise<Withdrawal> => {
  clock.advance(minute);
  await endIn(stepWorld(world.store, clock))([id]);
  return world.now(id);
};

/** Every way that a withdrawal may go, by who really writes it. */
const courses: Record<string, (wallet: Wallet) => Promise<Withdrawal>> = {
  requested: ask,
  reserved: hold,
  waiting: async (wallet) => {
    const one = await hold(wallet);
    const until = at(clock.now() + minute);
    return move(
      world.store,
      one,
      waitFor(one, until, 'transfers-refused', clock.now(), evenDice) as In<'reserved'>,
    );
  },
  review: async (wallet) => {
    const one = await go(await hold(wallet), 'signed', 'broadcast');
    return move(world.store, one, inReview(one, 'It is unclear.', clock.now()) as In<'review'>);
  },
  settled: async (wallet) => end(await go(await hold(wallet), 'signed', 'broadcast', 'confirmed')),
  refunded: async (wallet) => end(await go(await hold(wallet), 'refunding')),
  'rejected for want of money': async (wallet) => {
    const { id } = await ask(wallet, 10n ** 12n);
    clock.advance(minute);
    await takeTurns(wallet.id);
    return world.now(id);
  },
  cancelled: async (wallet) => go(await ask(wallet), 'cancelled'),
  'cancelled after its hold': async (wallet) => {
    const refunding = await go(await hold(wallet), 'refunding');
    if (refunding.stage !== 'refunding') throw new Error('not refunding');
    const to = givenBack(
      { ...refunding, failure: { ...failure, code: 'CANCELLED_BY_CLIENT' } },
      clock.now(),
    );
    const postings = ['RELEASE', 'RETURN'] as const;
    await moveWithBlock(
      world.store,
      { from: refunding, to },
      postings,
      async () => [],
      clock.now(),
    );
    return world.now(to.id);
  },
  'rejected, and taken up again': async (wallet) => go(await ask(wallet), 'rejected', 'requested'),
  'refunded, and taken up again': async (wallet) =>
    go(await end(await go(await hold(wallet), 'refunding')), 'requested'),
};

/** A place as it comes out of the database in the next run: numbers are bigints there. */
const asKept = (value: unknown): unknown => {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, asKept(one)]));
};

/** All that a way says has changed, page by page; `pages` counts them. */
async function idsOf(changed: Changed, way: Way, span: Span) {
  const ids = new Set<string>();
  let [place, pages]: [Parameters<Changed['page']>[2], number] = [null, 0];
  do {
    const page = await changed.page(way, span, place);
    for (const { id } of [...page.withdrawals, ...page.transactions, ...page.unreadable])
      ids.add(id);
    place = page.next === null ? null : (asKept(page.next) as Record<string, unknown>);
    pages += 1;
  } while (place !== null && pages < 1_000);
  return { ids: [...ids].sort(), pages };
}
const changedOf = (pageItems?: number): Changed =>
  dynamoChanged(database.client, database.tables, pageItems);

async function playAll(gapMs: number): Promise<Withdrawal[]> {
  const made: Withdrawal[] = [];
  for (const course of Object.values(courses))
    for (const wallet of wallets.slice(0, 2)) {
      made.push(await course(wallet));
      clock.advance(gapMs);
      await credit(wallet, 5n);
    }
  return made;
}

test.each([
  ['in one page', 1_000],
  ['in small pages', 3],
])('whatever has a line in a span is listed, whatever became of it, %s', async (_name, size) => {
  const made = await playAll(40 * minute);
  const asPlayed = Object.keys(courses).flatMap((name) => [name, name]);
  expect(new Set(made.map(({ stage }) => stage)).size).toBe(7);
  const ends = clock.now();
  for (let from = begin; from < ends; from += 211 * minute)
    for (const until of [from + 37 * minute, ends]) {
      const span = { from: at(from), until: at(until) };
      const hasLine = ({ history }: Withdrawal) =>
        history.some((line) => line.at >= span.from && line.at <= span.until);
      const wanted = made.filter(hasLine).map(({ id }) => id);
      const { ids } = await idsOf(changedOf(size), 'listed', span);
      const missing = wanted.filter((id) => !ids.includes(id));
      expect(missing.map((id) => asPlayed[made.findIndex((one) => one.id === id)])).toEqual([]);
      // The scan of the whole table, which passes over nothing, says no more of it, credits included.
      const { ids: scanned } = await idsOf(changedOf(), 'table', span);
      expect(scanned.filter((id) => !ids.includes(id))).toEqual([]);
    }
});

test('blocks that are in rows of their own, and those that cannot be read, name what they are about', async () => {
  const [wallet] = wallets as [Wallet];
  const span = { from: at(begin), until: at(begin + 10 ** 9) };
  const done = await courses['settled']?.(wallet);
  await writeOut(database.client, wallet.id);
  const listed = async () => (await idsOf(changedOf(1), 'listed', span)).ids;
  expect(await listed()).toContain(done?.id);
  const blocks = await rowsOf(wallet.id);
  for (const Key of blocks)
    await database.client.send(
      new UpdateCommand({
        ...{ TableName: database.tables.money, Key, UpdateExpression: 'SET prevHash = :none' },
        ExpressionAttributeValues: { ':none': 'none' },
      }),
    );
  expect(blocks.length).toBeGreaterThan(0);
  expect(await listed()).toContain(done?.id);
});

async function rowsOf(id: WalletId) {
  const keys = Array.from({ length: 20 }, (_, index) => keyOf.block(id, index + 1));
  const rows = await Promise.all(
    keys.map((Key) =>
      database.client.send(new GetCommand({ TableName: database.tables.money, Key })),
    ),
  );
  return keys.filter((_, index) => rows[index]?.Item !== undefined);
}

test('a tail that older code has left behind does not stand for the newest block', async () => {
  const [wallet] = wallets as [Wallet];
  const where = { TableName: database.tables.money, Key: keyOf.balance(wallet.id) };
  const { Item } = await database.client.send(new GetCommand(where));
  expect(Item?.['tail']).toBeDefined();
  clock.advance(100 * minute);
  const since = clock.now();
  const done = await courses['settled']?.(wallet);
  await writeOut(database.client, wallet.id, 'a row each');
  await database.client.send(
    new UpdateCommand({
      ...where,
      UpdateExpression: 'SET tail = :tail',
      ExpressionAttributeValues: { ':tail': Item?.['tail'] },
    }),
  );
  const { ids } = await idsOf(changedOf(), 'listed', { from: since, until: clock.now() });
  expect(ids).toContain(done?.id);
});

test('a block that was posted late, under an earlier time, hides nothing that is before it', async () => {
  const [wallet] = wallets as [Wallet];
  const done = await courses['settled']?.(wallet);
  const since = clock.now();
  const late = await go(await hold(wallet), 'refunding');
  if (late.stage !== 'refunding') throw new Error('not refunding');
  // Its worker has read the clock ten minutes before its block was taken.
  const then = at(since - 10 * minute);
  await moveWithBlock(
    world.store,
    { from: late, to: givenBack(late, then) },
    ['RELEASE'],
    async () => [],
    then,
  );
  const { ids } = await idsOf(changedOf(), 'listed', { from: since, until: since });
  expect(ids).toContain(done?.id);
});

test('rows of older code that are in no index are found by the round through the table', async () => {
  const [wallet] = wallets as [Wallet];
  const one = await courses['cancelled']?.(wallet);
  if (one === undefined) throw new Error('none');
  await database.client.send(
    new UpdateCommand({
      TableName: database.tables.money,
      Key: keyOf.withdrawal(one.id),
      UpdateExpression: 'REMOVE inbox, inboxOrder',
    }),
  );
  const span = { from: at(begin), until: clock.now() };
  expect((await idsOf(changedOf(), 'listed', span)).ids).not.toContain(one.id);
  expect((await idsOf(changedOf(), 'table', span)).ids).toContain(one.id);
});

test('what a look reads follows from its span, and not from what ever was', async () => {
  const sent: string[] = [];
  const counting = {
    send: async (command: { constructor: { name: string } }) => {
      sent.push(command.constructor.name);
      return database.client.send(command as never);
    },
  };
  const changed = dynamoChanged(counting as never, database.tables, 10);
  const quiet = async (): Promise<Record<string, number>> => {
    clock.advance(100 * minute);
    const span = { from: at(clock.now() - 60 * minute), until: clock.now() };
    sent.length = 0;
    let place: Parameters<Changed['page']>[2] = null;
    do ({ next: place } = await changed.page('listed', span, place));
    while (place !== null);
    return Object.fromEntries(
      [...Map.groupBy(sent, (name) => name)].map(([name, all]) => [name, all.length]),
    );
  };
  for (const wallet of wallets) await courses['settled']?.(wallet);
  const few = await quiet();
  for (let round = 0; round < 4; round += 1) {
    const [wallet] = wallets as [Wallet];
    for (const name of ['settled', 'refunded', 'rejected for want of money', 'cancelled'])
      await courses[name]?.(wallet);
  }
  expect(await quiet()).toEqual(few);
  expect(few['ScanCommand']).toBeUndefined();
});

test('a page of a ledger has an end where holds do not end, and the next goes on there', async () => {
  const [wallet] = wallets as [Wallet];
  for (let made = 0; made < 50; made += 1) {
    const found = await world.store.wallet(wallet.id);
    if (found === null) throw new Error('there is no wallet');
    const hold = { kind: 'HOLD', amount: minorOf(1n), sourceId: requestedOf(wallet).id } as const;
    await world.store.commit(nextBlock(found.balance, [hold], clock.now()));
  }
  await credit(wallet, 5n);
  const changed = dynamoChanged(database.client, database.tables, 20);
  const resumed: unknown[] = [];
  const found: string[] = [];
  let place = null;
  do {
    const page = await changed.page('listed', { from: at(begin), until: clock.now() }, place);
    found.push(...page.transactions.map(({ id }) => id));
    place = page.next;
    resumed.push(...[place?.['wallet'] ?? []].flat());
  } while (place !== null);
  expect(resumed).toHaveLength(2);
  expect(found).toHaveLength(wallets.length + 1);
});

test('what is taken up again while a span that was named is looked at is found', async () => {
  const [wallet] = wallets as [Wallet];
  const rejected = await go(await ask(wallet), 'rejected');
  const span = { from: at(begin), until: clock.now() };
  const changed = dynamoChanged(database.client, database.tables, 1);
  const found = new Set<string>();
  let place = null;
  do {
    const page = await changed.page('named', span, place);
    for (const { id } of page.withdrawals) found.add(id);
    place = page.next;
    // The lists of what is open have been looked at once.
    if (
      String(place?.['list']).startsWith('UNHELD') &&
      (await world.now(rejected.id)).version === rejected.version
    )
      await move(world.store, rejected, moveTo(rejected, 'requested', {}, clock.now()));
  } while (place !== null);
  expect(found).toContain(rejected.id);
});

test('where a look at a span that was named had come to is forgotten in a day', async () => {
  const changed = dynamoChanged(database.client, database.tables);
  const span = { from: at(begin), until: at(begin + minute) };
  const kept = { until: at(begin), since: at(begin), underway: null, unreadable: [] };
  for (const look of [span, 'listed'] as const) await changed.keep(look, kept);
  expect(await changed.kept(span)).toEqual(kept);
  await database.client.send(
    new UpdateCommand({
      TableName: database.tables.control,
      Key: { pk: 'RETELL', sk: `SPAN#${span.from}#${span.until}` },
      UpdateExpression: 'SET expiresAt = expiresAt - :past',
      ExpressionAttributeValues: { ':past': 86_401 },
    }),
  );
  expect([await changed.kept(span), await changed.kept('listed')]).toEqual([null, kept]);
});
