/** What the DynamoDB model does beyond what a local engine can show: time, chance and the stream. */
import { expect, test } from '@jest/globals';
import { dynamodbModel } from '../models/dynamodb.ts';
import { randomOf } from '../random.ts';
import { stillWorld } from '../still-world.ts';
import { tables } from '../tables.ts';

function begin(seed = 1) {
  const world = stillWorld(seed);
  return { world, ...dynamodbModel(world, tables) };
}

const key = (sk: string) => ({ pk: { S: 'A' }, sk: { S: sk } });
const item = (sk: string, version: number, more: object = {}) => ({
  ...key(sk),
  version: { N: String(version) },
  ...more,
});
const waiting = { inbox: { S: 'I' }, inboxOrder: { S: '1' } };
const put = (Item: object) => ({ TableName: 'money', Item });
const get = (sk: string, ConsistentRead: boolean) => ({
  TableName: 'money',
  Key: key(sk),
  ConsistentRead,
});
const inbox = {
  TableName: 'money',
  IndexName: 'inbox',
  KeyConditionExpression: 'inbox = :i',
  ExpressionAttributeValues: { ':i': { S: 'I' } },
};
const transact = (items: readonly object[], more: object = {}) => ({
  TransactItems: items.map((Item) => ({ Put: put(Item) })),
  ...more,
});
const typeOf = ({ body }: { body: object }) =>
  String((body as { __type?: string }).__type).split('#')[1];

test('an index and eventually consistent reads lag behind, a consistent read does not', () => {
  const { world, execute, faults } = begin();
  Object.assign(faults, { indexLag: 1, staleRead: 1, lagMaxMs: 500 });
  execute('PutItem', put(item('1', 1, waiting)));
  expect(execute('Query', inbox).body).toMatchObject({ Count: 0 });
  expect(execute('GetItem', get('1', false)).body).toEqual({});
  expect(execute('GetItem', get('1', true)).body).toEqual({ Item: item('1', 1, waiting) });
  world.passAtOnce(500);
  expect(execute('Query', inbox).body).toEqual({
    Items: [{ ...key('1'), ...waiting }],
    Count: 1,
    ScannedCount: 1,
  });
  expect(execute('GetItem', get('1', false)).body).toEqual({ Item: item('1', 1, waiting) });
});

test.each([1, 2, 3, 4, 5])('what lags never goes back (seed %i)', (seed) => {
  const { world, execute, faults } = begin(seed);
  Object.assign(faults, { indexLag: 0.5, staleRead: 0.5, streamLag: 0.5, lagMaxMs: 50 });
  const seen: number[] = [];
  const look = () => {
    const { Item } = execute('GetItem', get('1', false)).body as {
      Item?: { version: { N: string } };
    };
    seen.push(Number(Item?.version.N ?? 0));
  };
  for (let version = 1; version <= 40; version += 1) {
    const sort = { ...waiting, inboxOrder: { S: String(version) } };
    execute('PutItem', put(item('1', version, sort)));
    look();
    world.passAtOnce(7);
    look();
    // It stands in the index once, wherever that is.
    expect((execute('Query', inbox).body as { Count: number }).Count).toBeLessThanOrEqual(1);
  }
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(10);
  Object.assign(faults, { indexLag: 0, staleRead: 0, streamLag: 0 });
  world.passAtOnce(50);
  look();
  expect(seen.at(-1)).toBe(40);
  expect(execute('Query', inbox).body).toMatchObject({ Items: [{ inboxOrder: { S: '40' } }] });
});

test('the stream has every change once, in the order of each item, and transactions come apart in it', () => {
  const { world, execute, faults, stream } = begin();
  const money = stream('money');
  let told = 0;
  money.onRecord(() => {
    told = money.end;
  });
  Object.assign(faults, { streamLag: 0.5, lagMaxMs: 50 });
  for (let version = 1; version <= 30; version += 1) {
    execute('TransactWriteItems', transact([item('1', version), item('2', version)]));
    world.passAtOnce(5);
  }
  execute('DeleteItem', { TableName: 'money', Key: key('2') });
  // Written again as it is, an item is no change.
  execute('PutItem', put(item('1', 30)));
  world.passAtOnce(100);
  const records = money.read(0, 1_000);
  expect(records).toHaveLength(61);
  expect(told).toBe(61);
  expect(money.end).toBe(61);
  const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
  expect(numbers).toEqual([...new Set(numbers)].toSorted());
  const of = (sk: string) =>
    records.filter(({ dynamodb: { Keys } }) => JSON.stringify(Keys) === JSON.stringify(key(sk)));
  expect(of('1').map(({ dynamodb }) => dynamodb.NewImage)).toEqual(
    Array.from({ length: 30 }, (_, at) => item('1', at + 1)),
  );
  expect(of('1').map(({ eventName }) => eventName)).toEqual([
    'INSERT',
    ...Array(29).fill('MODIFY'),
  ]);
  expect(of('2').at(-1)).toMatchObject({
    eventName: 'REMOVE',
    dynamodb: { OldImage: item('2', 30) },
  });
  const order = records.map(({ dynamodb: { NewImage } }) =>
    Number((NewImage?.['version'] as { N?: string } | undefined)?.N ?? 31),
  );
  expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  expect(money.read(10, 2)).toEqual(records.slice(10, 12));
});

test('who listens to the stream is told of whole transactions', () => {
  const { world, execute, stream } = begin();
  const money = stream('money');
  const ends: number[] = [];
  money.onRecord(() => ends.push(money.end));
  execute('TransactWriteItems', transact([item('1', 1), item('2', 1)]));
  expect(ends).toEqual([]);
  world.passAtOnce(0);
  expect(ends).toEqual([2]);
});

test('a token makes its transaction once in ten minutes', () => {
  const { world, execute, writes } = begin();
  const one = transact([item('1', 1)], { ClientRequestToken: 't' });
  expect(execute('TransactWriteItems', one).status).toBe(200);
  execute('PutItem', put(item('1', 2)));
  world.passAtOnce(9 * 60_000);
  expect(execute('TransactWriteItems', one)).toEqual({ status: 200, body: {} });
  expect(
    typeOf(execute('TransactWriteItems', transact([item('1', 3)], { ClientRequestToken: 't' }))),
  ).toBe('IdempotentParameterMismatchException');
  expect(execute('GetItem', get('1', true)).body).toEqual({ Item: item('1', 2) });
  world.passAtOnce(60_000);
  execute('TransactWriteItems', one);
  expect(execute('GetItem', get('1', true)).body).toEqual({ Item: item('1', 1) });
  expect(writes).toHaveLength(3);
});

test('a transaction that was cancelled leaves its token free', () => {
  const { execute } = begin();
  const check = { ...put(item('1', 1)), ConditionExpression: 'attribute_exists(pk)' };
  const one = { TransactItems: [{ Put: check }], ClientRequestToken: 't' };
  expect(typeOf(execute('TransactWriteItems', one))).toBe('TransactionCanceledException');
  execute('PutItem', put(item('1', 0)));
  expect(execute('TransactWriteItems', one).status).toBe(200);
});

test('a conflict says which item it was about, and nothing is written', () => {
  const { execute, faults, rows, writes } = begin();
  faults.conflict = 1;
  const answer = execute('TransactWriteItems', transact([item('1', 1), item('2', 1)]));
  const codes = (
    answer.body as { CancellationReasons: { Code: string }[] }
  ).CancellationReasons.map(({ Code }) => Code);
  expect(codes.toSorted()).toEqual(['None', 'TransactionConflict']);
  expect(typeOf(execute('PutItem', put(item('1', 1))))).toBe('TransactionConflictException');
  expect(rows('money')).toEqual([]);
  expect(writes).toEqual([]);
});

test.each([
  ['throttle', 400, /^(ThrottlingException|ProvisionedThroughputExceededException)$/],
  ['internalError', 500, /^InternalServerError$/],
] as const)('%s has no effect, and ends when it is healed', (fault, status, type) => {
  const { execute, faults, rows } = begin();
  faults[fault] = 1;
  for (const [operation, input] of [
    ['PutItem', put(item('1', 1))],
    ['GetItem', get('1', true)],
    ['Query', inbox],
  ] as const) {
    const answer = execute(operation, input);
    expect(answer.status).toBe(status);
    expect(typeOf(answer)).toMatch(type);
  }
  expect(execute('TransactWriteItems', transact([item('1', 1)])).status).toBe(status);
  expect(rows('money')).toEqual([]);
  faults[fault] = 0;
  expect(execute('PutItem', put(item('1', 1))).status).toBe(200);
});

test('keys that were left out can be asked again as they stand in the answer', () => {
  const { execute, faults } = begin();
  for (let n = 0; n < 20; n += 1) execute('PutItem', put(item(String(n), n)));
  faults.unprocessedKeys = 0.9;
  let RequestItems: object = {
    money: {
      Keys: Array.from({ length: 20 }, (_, n) => key(String(n))),
      ConsistentRead: true,
      ProjectionExpression: 'version',
    },
  };
  const found: object[] = [];
  let calls = 0;
  for (; Object.keys(RequestItems).length > 0; calls += 1) {
    const { body } = execute('BatchGetItem', { RequestItems });
    const { Responses, UnprocessedKeys } = body as {
      Responses: { money: object[] };
      UnprocessedKeys: object;
    };
    found.push(...Responses.money);
    RequestItems = UnprocessedKeys;
  }
  expect(calls).toBeGreaterThan(1);
  const versions = found.map((row) => Number((row as { version: { N: string } }).version.N));
  expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  // What was asked of them is asked again with them.
  expect(found.flatMap(Object.keys)).toEqual(Array(20).fill('version'));
});

test('writes and rows are the truth, transaction by transaction', () => {
  const { world, execute, rows, writes } = begin();
  execute('TransactWriteItems', transact([item('1', 1), item('2', 1)]));
  world.passAtOnce(5);
  const check = { TableName: 'money', Key: key('1'), ConditionExpression: 'attribute_exists(pk)' };
  const remove = { TableName: 'money', Key: key('2') };
  execute('TransactWriteItems', { TransactItems: [{ ConditionCheck: check }, { Delete: remove }] });
  const at = world.now() - 5;
  expect(writes).toEqual([
    { at, transaction: 1, table: 'money', before: null, after: item('1', 1) },
    { at, transaction: 1, table: 'money', before: null, after: item('2', 1) },
    { at: at + 5, transaction: 2, table: 'money', before: item('2', 1), after: null },
  ]);
  expect(rows('money')).toEqual([item('1', 1)]);
});

test('an attribute may have any name', () => {
  const { execute } = begin();
  const facts = JSON.parse('{"__proto__": {"S": "a"}, "constructor": {"N": "1"}}');
  execute('PutItem', put({ ...key('1'), facts: { M: facts } }));
  const { Item } = execute('GetItem', get('1', true)).body as { Item: object };
  expect(JSON.stringify(Item)).toBe(JSON.stringify({ ...key('1'), facts: { M: facts } }));
});

test('an index has the keys, and what it includes', () => {
  const index = { name: 'inbox', partition: 'inbox', sort: 'inboxOrder', sortType: 'S' } as const;
  const indexes = [{ ...index, include: ['version', 'type'] }];
  const { execute } = dynamodbModel(stillWorld(1), [{ name: 'money', indexes }]);
  execute('PutItem', put(item('1', 1, { ...waiting, amount: { N: '5' } })));
  expect(execute('Query', inbox).body).toMatchObject({ Items: [item('1', 1, waiting)] });
  execute('PutItem', put(item('1', 2, waiting)));
  const { Items } = execute('Query', inbox).body as { Items: object[] };
  expect(Items).toEqual([item('1', 2, waiting)]);
});

test('faults that are off touch no dice', () => {
  const { world, execute } = begin(3);
  execute('TransactWriteItems', transact([item('1', 1, waiting), item('2', 1)]));
  execute('BatchGetItem', { RequestItems: { money: { Keys: [key('1'), key('2')] } } });
  execute('Query', inbox);
  expect(world.random.roll()).toBe(randomOf(3).roll());
});

test('the same seed gives the same run', () => {
  const story = (seed: number): string => {
    const { world, execute, faults, stream, writes } = begin(seed);
    Object.assign(faults, {
      ...{ indexLag: 0.3, staleRead: 0.3, streamLag: 0.3, lagMaxMs: 40, conflict: 0.1 },
      ...{ throttle: 0.1, unprocessedKeys: 0.3, anyOrder: 0.3, internalError: 0.1 },
    });
    const answers: object[] = [];
    for (let n = 0; n < 50; n += 1) {
      answers.push(execute('TransactWriteItems', transact([item('1', n, waiting), item('2', n)])));
      answers.push(execute('Query', inbox));
      answers.push(
        execute('BatchGetItem', {
          RequestItems: { money: { Keys: [key('1'), key('2'), key('3')] } },
        }),
      );
      world.passAtOnce(3);
    }
    return JSON.stringify([answers, stream('money').read(0, 1_000), writes]);
  };
  expect(story(5)).toBe(story(5));
  expect(story(5)).not.toBe(story(6));
});
