/** Moves that are made at the same time: each as if it were made alone, whatever becomes of the others and of the answer. */
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withLoneMoves } from '../../lambdas/adapters/dynamo/lone-moves.ts';
import { dynamoRequests } from '../../lambdas/adapters/dynamo/requests.ts';
import { dynamoStore } from '../../lambdas/adapters/dynamo/store.ts';
import type { Change } from '../../lambdas/core/store/change.ts';
import { type In, moveTo, type Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { emptyModel, thinModelClient } from '../sim/conformance/dynamodb-client.ts';
import type { StatementsInput } from '../sim/models/dynamodb-parameters.ts';
import type { Said } from '../sim/models/dynamodb-statements.ts';
import { textOf } from '../sim/moves.ts';
import { effectOf } from '../support/books.ts';
import { startDatabase, type TestDatabase } from '../support/dynoxide.ts';
import { at, minorOf, requestedOf, walletOf } from '../support/things.ts';

const [batch, update] = ['BatchExecuteStatement', 'UpdateItem'] as const;
const tables = { money: 'money', webhooks: 'webhooks', control: 'control' };
const wallet = walletOf();
const idOf = (number: number) => `wd_${String(number).padStart(26, '0')}` as const;
const payout = { payout: minorOf(9n), fee: minorOf(1n) };
const sent = { ...payout, attempts: 1, txId: '0xaa', readFrom: 7, payoutBatch: '0xbb' } as const;
const signedOf = (number: number): Withdrawal =>
  moveTo(
    moveTo(requestedOf(wallet, { id: idOf(number) }), 'reserved', {}, at(1_000)) as never,
    'signed',
    sent as never,
    at(1_500),
  );
const several = Array.from({ length: 30 }, (_, number) => signedOf(number));
/** As one of many that are sent together: it is due at no time. */
const moved = (from: Withdrawal): Withdrawal => ({
  ...moveTo(from as never, 'broadcast', sent as never, at(2_000)),
  dueAt: null,
});
const moveOf = (from: Withdrawal): Change => ({ change: 'withdrawal', from, to: moved(from) });
const [first, second] = several as [Withdrawal, Withdrawal];

type Body = { Responses: Said[] };
type Calls = (input: StatementsInput) => { status: number; body: object };
/** What happens to the first call of many statements; `make` has the database make those that it is given. */
type Happening = (input: StatementsInput, make: Calls) => ReturnType<Calls>;

/** The product's store over the model of DynamoDB, and the operations that it is asked for. */
async function setUp(happening: Happening = (input, make) => make(input)) {
  const model = emptyModel();
  const operations: string[] = [];
  let happens: Happening | null = happening;
  const raw = thinModelClient(model, {
    maxAttempts: 3,
    execute: (operation, input) => {
      operations.push(operation);
      const make: Calls = (some) => model.execute(operation, some);
      if (operation !== batch || happens === null) return model.execute(operation, input);
      const now = happens;
      happens = null;
      return now(input as StatementsInput, make);
    },
  });
  const client = DynamoDBDocumentClient.from(raw, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  });
  const requests = dynamoRequests(client, tables, 1_000);
  for (const one of several) await requests.createWithdrawal(one as In<'requested'>, []);
  operations.splice(0);
  const { length } = model.writes;
  return {
    store: withLoneMoves(dynamoStore(client, tables), client, tables),
    operations,
    /** The items that were written since. */
    written: () => model.writes.slice(length).map(({ after }) => textOf(after, 'pk')),
  };
}

const reset = () => Object.assign(new Error('reset'), { code: 'ECONNRESET' });
/** The last statement has this error; `isMade`: and is made all the same. */
const failing =
  (Code: string, isMade = false): Happening =>
  (input, make) => {
    const Statements = isMade ? input.Statements : input.Statements.slice(0, -1);
    const { status, body } = make({ ...input, Statements });
    const Responses = (body as Body).Responses.slice(0, input.Statements.length - 1);
    return { status, body: { Responses: [...Responses, { Error: { Code, Message: 'why' } }] } };
  };
const lost: Happening = (input, make) => {
  make(input);
  throw reset();
};
const unsent: Happening = () => {
  throw reset();
};
const cutShort: Happening = (input, make) => {
  const { status, body } = make(input);
  return { status, body: { Responses: (body as Body).Responses.slice(0, -1) } };
};

// biome-ignore format: columns are the point
test.each<[what: string, happening: Happening | undefined, operations: string[]]>([
  ['nothing goes wrong', undefined, [batch]],
  ['a transaction holds an item', failing('TransactionConflict'), [batch, update]],
  ['a statement is throttled', failing('ThrottlingError'), [batch, update]],
  ['a partition has no room', failing('ProvisionedThroughputExceeded'), [batch, update]],
  ['the account has no room', failing('RequestLimitExceeded'), [batch, update]],
  ['a server fails before it has written', failing('InternalServerError'), [batch, update]],
  ['a server fails when it has written', failing('InternalServerError', true), [batch, update]],
  ['the answer is lost', lost, [batch, batch, update, update]],
  ['the call is lost', unsent, [batch, batch]],
  ['the answer says nothing of the last', cutShort, [batch, update]],
])('each is made once although %s', async (_, happening, operations) => {
  const world = await setUp(happening);
  expect(await world.store.commitEach([first, second].map(moveOf))).toEqual([]);
  expect(world.operations).toEqual(operations);
  expect(world.written().toSorted()).toEqual([`WD#${first.id}`, `WD#${second.id}`]);
  const found = await world.store.withdrawals([first.id, second.id]);
  expect(found.map(({ id }) => id).toSorted()).toEqual([first.id, second.id]);
  for (const one of found) expect(one).toEqual(moved(one.id === first.id ? first : second));
});

const cancelling = (from: Withdrawal): Withdrawal => ({
  ...from,
  version: from.version + 1,
  cancelRequested: true,
});
// biome-ignore format: columns are the point
test.each<[what: string, happening: Happening | undefined, operations: string[]]>([
  ['nothing goes wrong', undefined, [batch]],
  ['a transaction holds the item', failing('TransactionConflict'), [batch, update]],
  ['a server fails', failing('InternalServerError'), [batch, update]],
  ['the answer is lost', lost, [batch, batch, update, update]],
  ['the answer says nothing of it', cutShort, [batch, update]],
])('what somebody else has changed is refused, and the other is made, although %s', async (_, happening, operations) => {
  const world = await setUp(happening);
  const other = cancelling(second);
  await world.store.commit([{ change: 'withdrawal', from: second, to: other }]);
  world.operations.splice(0);
  expect(await world.store.commitEach([first, second].map(moveOf))).toEqual([1]);
  expect(world.operations).toEqual(operations);
  expect(await world.store.withdrawals([first.id])).toEqual([moved(first)]);
  expect(await world.store.withdrawals([second.id])).toEqual([other]);
});

test('the same move by somebody else is refused: only after a lost answer it may be ours', async () => {
  const world = await setUp();
  const moves = [first, second].map(moveOf);
  expect(await world.store.commitEach(moves)).toEqual([]);
  expect(await world.store.commitEach(moves)).toEqual([0, 1]);
});

test('what is not there is refused and does not come about', async () => {
  const world = await setUp();
  const nobody = signedOf(99);
  expect(await world.store.commitEach([nobody, first].map(moveOf))).toEqual([0]);
  expect(await world.store.withdrawals([nobody.id, first.id])).toEqual([moved(first)]);
});

test.each(['ValidationError', 'AccessDenied', 'ResourceNotFound', 'NewWord'])(
  '%s is thrown, with what DynamoDB says, and the others are made',
  async (code) => {
    const world = await setUp(failing(code));
    await expect(world.store.commitEach([first, second].map(moveOf))).rejects.toMatchObject({
      message: expect.stringContaining(code),
      cause: { Code: code, Message: 'why' },
    });
    expect(await world.store.withdrawals([first.id])).toEqual([moved(first)]);
  },
);

test('as many go in one call as DynamoDB takes, and one by itself as before', async () => {
  const world = await setUp();
  expect(await world.store.commitEach(several.map(moveOf))).toEqual([]);
  expect(world.operations).toEqual([batch, batch]);
  const others = await setUp();
  expect(await others.store.commitEach(several.slice(0, 26).map(moveOf))).toEqual([]);
  expect(others.operations).toEqual([batch, update]);
  expect(await others.store.commitEach([])).toEqual([]);
  expect(others.operations).toHaveLength(2);
});

test('nothing but moves of withdrawals goes in such a call, and no item twice', async () => {
  const world = await setUp();
  const again = { ...moved(first), version: first.version + 2 } as Withdrawal;
  const record = effectOf(first as In<'requested'>, null);
  const changes: Change[] = [
    moveOf(first),
    { change: 'record', to: { ...record, version: 1 } },
    { change: 'withdrawal', from: moved(first), to: again },
    moveOf(second),
    { change: 'sequence', sequence: { network: 'ethereum', address: '0x01' }, from: null, to: 1 },
  ];
  expect((await world.store.commitEach(changes)).filter((index) => index !== 2)).toEqual([]);
  expect(world.operations.toSorted()).toEqual(
    [batch, update, 'TransactWriteItems', 'TransactWriteItems'].toSorted(),
  );
});

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.stop());

test('in the real engine a move among others writes what it writes alone, in every stage', async () => {
  const { client } = database;
  const store = withLoneMoves(dynamoStore(client, tables), client, tables);
  const requests = dynamoRequests(client, tables, 1_000);
  let now: Withdrawal[] = [0, 1, 2].map((number) => requestedOf(wallet, { id: idOf(number) }));
  for (const one of now) await requests.createWithdrawal(one as In<'requested'>, []);
  const place = { height: 9, block: '0xbb', index: 0 } as const;
  const paid = {
    ...payout,
    attempts: 1,
    txId: '0xaa',
    readFrom: 7,
    place,
    confirmations: 3,
  } as const;
  const steps: ((from: Withdrawal) => Withdrawal)[] = [
    (from) => moveTo(from as never, 'reserved', {}, at(2)),
    (from) => moveTo(from as never, 'converting', {}, at(3)),
    (from) => ({ ...from, version: from.version + 1, retryCount: 1, nextAttemptAt: at(99) }),
    (from) => moveTo(from as never, 'converted', payout, at(4)),
    (from) => moveTo(from as never, 'signed', sent as never, at(5)),
    (from) => ({ ...moveTo(from as never, 'broadcast', sent as never, at(6)), dueAt: null }),
    (from) => moveTo(from as never, 'confirmed', paid as never, at(7)),
    (from) => moveTo(from as never, 'settled', paid as never, at(8)),
  ];
  for (const step of steps) {
    const next = now.map(step);
    const changes = now.map(
      (from, index): Change => ({ change: 'withdrawal', from, to: next[index] as Withdrawal }),
    );
    expect(await store.commitEach(changes.slice(0, 2))).toEqual([]);
    expect(await store.commit(changes.slice(2))).toEqual([]);
    const read = await store.withdrawals(now.map(({ id }) => id));
    expect(read.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(next);
    now = next;
  }
});
