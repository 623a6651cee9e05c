/** A ledger is one list to whoever reads it, wherever its blocks stand and whatever is written meanwhile. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import { dynamoLists } from '../../lambdas/adapters/dynamo/lists.ts';
import { dynamoRequests } from '../../lambdas/adapters/dynamo/requests.ts';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import type { WalletId } from '../../lambdas/core/kernel/ids.ts';
import type { Block, LedgerEntry, Posting } from '../../lambdas/core/ledger/ledger.ts';
import { hashOf, post } from '../../lambdas/core/ledger/ledger.ts';
import type { Placed } from '../../lambdas/core/requests/page.ts';
import { nextBlock } from '../../lambdas/core/wallet/next-block.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { tailOf, writeOut } from '../support/tail.ts';
import { at, minorOf, transactionOf, walletOf } from '../support/things.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.stop());

const storeOf = () => dynamoStore(database.client, database.tables);
async function created(): Promise<WalletId> {
  const wallet = walletOf();
  await dynamoRequests(database.client, database.tables, 1_000).createWallet(wallet);
  return wallet.id;
}

const creditsOf = (walletId: WalletId, count: number): Posting[] =>
  Array.from({ length: count }, () => {
    const sourceId = transactionOf(walletOf({ id: walletId }), 'CREDIT', 1n).id;
    return { kind: 'CREDIT', amount: minorOf(1n), sourceId };
  });
let clock = 0;
const tick = () => {
  clock += 1;
  return at(clock);
};
async function writeBlock(walletId: WalletId, postings: number): Promise<void> {
  const found = await storeOf().wallet(walletId);
  if (found === null) throw new Error('no wallet');
  const changes = nextBlock(found.balance, creditsOf(walletId, postings), tick());
  expect(await storeOf().commit(changes)).toEqual([]);
}
/** As code that knows no tail writes one: a row for each block, and the tail stays as it was. */
async function writeAsBefore(walletId: WalletId, postings: number): Promise<void> {
  const found = await storeOf().wallet(walletId);
  if (found === null) throw new Error('no wallet');
  const next = post(found.balance, creditsOf(walletId, postings), tick());
  const changes = [
    { change: 'balance', to: { ...next.balance, tail: found.balance.tail } },
    { change: 'blocks', blocks: [next.block] },
  ] as const;
  expect(await storeOf().commit(changes)).toEqual([]);
}

type Order = 'newest' | 'oldest';
type Entries = (LedgerEntry | null)[];
/** All entries, page by page. */
async function paged(
  walletId: WalletId,
  order: Order,
  count: number,
  between: () => Promise<void> = async () => {},
  client = database.client,
): Promise<Entries> {
  const source = dynamoLists(client, database.tables).entriesOf(walletId, order);
  const all: Placed<LedgerEntry>[] = [];
  for (;;) {
    const page = await source(all.at(-1)?.place ?? null, count);
    all.push(...page);
    if (page.length < count) return all.map(({ item }) => item);
    await between();
  }
}
const sequencesOf = (entries: Entries): (number | undefined)[] =>
  entries.map((one) => one?.sequence);
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

/** Whether the entries are a chain of blocks, whose hashes a client can compute again. */
function isChain(walletId: WalletId, entries: readonly (LedgerEntry | null)[]): void {
  let prevHash = '0'.repeat(64);
  const blocks = Map.groupBy(entries, (one) => one?.blockHash);
  for (const [index, of] of [...blocks.values()].entries()) {
    const [first] = of;
    if (first == null) throw new Error('an entry is missing');
    const content = { walletId, sequence: index + 1, at: first.at, prevHash };
    prevHash = hashOf({ ...content, entries: of as Block['entries'] });
    expect(first.blockHash).toBe(prevHash);
  }
}

test.each<[string, (walletId: WalletId) => Promise<void>, number]>([
  ['nothing', async () => {}, 0],
  ['a tail', async (id) => void (await writeBlock(id, 1)), 1],
  ['a large block alone', async (id) => void (await writeBlock(id, 16)), 16],
  [
    'rows of one block and of many, and a tail',
    async (id) => {
      for (const postings of [1, 1, 17, 2, 1, 1, 1, 1, 1, 1, 1, 1, 16, 18, 1, 2, 3])
        await writeBlock(id, postings);
      expect(await tailOf(database.client, id)).toHaveLength(3);
    },
    69,
  ],
  [
    'what code of before has written behind a tail, and new code behind that',
    async (id) => {
      for (const postings of [1, 2]) await writeBlock(id, postings);
      for (const postings of [1, 3]) await writeAsBefore(id, postings);
      expect(sequencesOf(await paged(id, 'oldest', 2))).toEqual(oneTo(7));
      // A large block leaves the tail where it is; a small one makes a row of it.
      await writeBlock(id, 16);
      expect(await tailOf(database.client, id)).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
      expect(sequencesOf(await paged(id, 'newest', 9))).toEqual(oneTo(23).reverse());
      await writeBlock(id, 1);
      expect(await tailOf(database.client, id)).toMatchObject([{ sequence: 6 }]);
    },
    24,
  ],
  [
    'rows of before alone',
    async (id) => {
      for (const postings of [1, 2, 1]) await writeBlock(id, postings);
      await writeOut(database.client, id, 'a row each');
      await writeBlock(id, 1);
    },
    5,
  ],
])(
  '%s is read whole and in order, in pages of any size, and is a chain',
  async (_, write, count) => {
    const walletId = await created();
    await write(walletId);
    for (const size of [1, 5, 101])
      for (const order of ['oldest', 'newest'] as const) {
        const entries = await paged(walletId, order, size);
        const inOrder = order === 'oldest' ? entries : entries.toReversed();
        expect(sequencesOf(inOrder)).toEqual(oneTo(count));
        isChain(walletId, inOrder);
      }
  },
);

/** A client that lets something happen before the requests that `when` names. */
function meanwhile(when: string, happens: () => Promise<void>): TestDatabase['client'] {
  return new Proxy(database.client, {
    get: (client, name, self) =>
      name !== 'send'
        ? Reflect.get(client, name, self)
        : async (command: Parameters<typeof client.send>[0]) => {
            if (command.constructor.name === when) await happens();
            return client.send(command);
          },
  });
}

test.each(['oldest', 'newest'] as const)(
  'a page that is read while the tail becomes a row has each entry once (%s)',
  async (order) => {
    // A block that fits, one that makes a row of the tail, and those of code of before, behind a tail that nobody has read.
    for (const writes of [[1], [30], [6, 1], [1, 30, 1, 1], ['before', 1], [1, 'before', 30]]) {
      const walletId = await created();
      for (const postings of [1, 2, 1]) await writeBlock(walletId, postings);
      const happens = async () => {
        for (const one of writes.splice(0))
          if (typeof one === 'number') await writeBlock(walletId, one);
          else await writeAsBefore(walletId, 2);
      };
      const client = meanwhile('QueryCommand', happens);
      const entries = await paged(walletId, order, 50, async () => {}, client);
      // What was there when the page was asked for; what is newer comes with a later look.
      expect(sequencesOf(entries)).toEqual(order === 'oldest' ? oneTo(4) : oneTo(4).reverse());
    }
  },
);

test('pages go on where they were while blocks are written and become rows', async () => {
  for (const size of [1, 2, 3]) {
    const [oldest, newest] = [await created(), await created()];
    for (const id of [oldest, newest])
      for (const postings of [1, 2, 1, 1, 1]) await writeBlock(id, postings);
    let left = [1, 1, 1, 30, 1, 2, 1, 1, 1, 1, 1, 1];
    const write = (id: WalletId) => async () => {
      const [next] = left.splice(0, 1);
      if (next !== undefined) await writeBlock(id, next);
    };
    const read = await paged(oldest, 'oldest', size, write(oldest));
    isChain(oldest, read);
    expect(sequencesOf(read)).toEqual(oneTo(read.length));
    expect(read.length).toBeGreaterThan(6);
    left = [1, 1, 1, 30, 1, 2];
    const back = await paged(newest, 'newest', size, write(newest));
    expect(sequencesOf(back)).toEqual(oneTo(6).reverse());
  }
});

test('a place that nobody has given shows no entry and fails nothing', async () => {
  const walletId = await created();
  for (const postings of [1, 40, 1]) await writeBlock(walletId, postings);
  const lists = dynamoLists(database.client, database.tables);
  for (const place of ['x', '-5#1', '999999999999999#1', '1e9#', '#', 'NaN', '0.5#0'])
    for (const order of ['oldest', 'newest'] as const)
      expect(Array.isArray(await lists.entriesOf(walletId, order)(place, 5))).toBe(true);
});

test('a tail that cannot be read is no ledger without it', async () => {
  const walletId = await created();
  await writeBlock(walletId, 1);
  const { client } = database;
  const tail = { sequence: 1, posted: 'much' };
  const found = await storeOf().wallet(walletId);
  if (found === null) throw new Error('no wallet');
  const row = { ...keyOf.balance(walletId), ...found.balance, tail };
  await client.send(
    new PutCommand({ TableName: 'money', Item: { ...row, lastHash: new Uint8Array(32) } }),
  );
  await expect(paged(walletId, 'newest', 5)).rejects.toThrow();
  // Nothing is written over it either; what the wallet has can still be told.
  await expect(storeOf().wallet(walletId)).rejects.toThrow();
  const requests = dynamoRequests(client, database.tables, 1_000);
  expect(await requests.balances([walletId])).toMatchObject(new Map([[walletId, { version: 1 }]]));
});

test('a balance that somebody else has written meanwhile keeps its tail, and the block is refused with its row', async () => {
  const walletId = await created();
  for (let block = 0; block < 6; block += 1) await writeBlock(walletId, 1);
  const found = await storeOf().wallet(walletId);
  if (found === null) throw new Error('no wallet');
  await writeBlock(walletId, 1);
  const before = await tailOf(database.client, walletId);
  for (const postings of [1, 5, 30]) {
    const late = nextBlock(found.balance, creditsOf(walletId, postings), at(1));
    expect(await storeOf().commit(late)).toContain(0);
  }
  expect(await tailOf(database.client, walletId)).toEqual(before);
  expect(sequencesOf(await paged(walletId, 'oldest', 50))).toEqual(oneTo(7));
});
