/**
 * The DynamoDB model against a real engine (dynoxide): the same requests through the same SDK must get the same answers
 * and leave the same items. Where that engine differs from AWS, AWS's words stand with the exception.
 */
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { awsAt } from '../../support/aws.ts';
import { startDatabase, type TestDatabase } from '../../support/dynoxide.ts';
import { emptyModel, modelClient } from './dynamodb-client.ts';
import { anyRequest, inRun, type Operation, type Request, type Row } from './dynamodb-requests.ts';

const seed = 20_261_121;
const timeoutMs = 60_000;

let engine: TestDatabase;
let real: DynamoDBClient;
const modelled = modelClient(emptyModel());

beforeAll(async () => {
  engine = await startDatabase();
  real = new DynamoDBClient({
    ...awsAt(engine.endpoint),
    maxAttempts: 1,
  });
});
afterAll(() => {
  real.destroy();
  engine.stop();
});

const commands = {
  GetItem: GetItemCommand,
  BatchGetItem: BatchGetItemCommand,
  PutItem: PutItemCommand,
  UpdateItem: UpdateItemCommand,
  DeleteItem: DeleteItemCommand,
  Query: QueryCommand,
  Scan: ScanCommand,
  TransactWriteItems: TransactWriteItemsCommand,
  BatchExecuteStatement: BatchExecuteStatementCommand,
} satisfies Record<Operation, unknown>;
type Outcome = Record<string, unknown>;

/** The answer, or the error, as far as both must agree: words of messages and costs are left out. */
async function outcomeOf(client: DynamoDBClient, { operation, input }: Request): Promise<Outcome> {
  try {
    // The commands differ in their types only; what is wrong with an input is for the database to say.
    const Command = commands[operation] as typeof GetItemCommand;
    const output = await client.send(new Command(input as never));
    const { $metadata: _, ConsumedCapacity: __, ...answer } = output as unknown as Outcome;
    return comparable(operation, input, answer);
  } catch (error) {
    const { name, message, Item, CancellationReasons } = error as {
      name: string;
      message: string;
      Item?: Row;
      CancellationReasons?: { Code?: string; Item?: Row }[];
    };
    const reasons = CancellationReasons?.map((one) => ({ Code: one.Code, Item: one.Item }));
    return { name, Item, reasons, ...(name === 'NotModelled' ? { message } : {}) };
  }
}

function comparable(operation: Operation, input: Request['input'], answer: Outcome): Outcome {
  // AWS API reference, BatchGetItem: "DynamoDB does not return items in any particular order."
  if (operation === 'BatchGetItem') {
    const responses = Object.entries(answer['Responses'] as Record<string, Row[]>);
    return {
      ...answer,
      Responses: Object.fromEntries(responses.map(([table, rows]) => [table, inOrder(rows)])),
    };
  }
  if (operation === 'BatchExecuteStatement') {
    const responses = answer['Responses'] as { Error?: { Code?: string } }[];
    return { Responses: responses.map((one) => one.Error?.Code ?? 'made') };
  }
  // AWS API reference, UpdateItem: "ALL_OLD - Returns all of the attributes of the item, as they appeared before the
  // UpdateItem operation." For an item that was not there, dynoxide answers the key of the new one.
  const old = input['ReturnValues'] === 'ALL_OLD' ? answer['Attributes'] : undefined;
  if (operation === 'UpdateItem' && old !== undefined && Object.keys(old as Row).length === 2)
    return { ...answer, Attributes: undefined };
  return answer;
}

const textOf = (row: Row): string => `${row['pk']?.S} ${row['sk']?.S}`;
const inOrder = (rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));

async function same(request: Request): Promise<Outcome> {
  const expected = await outcomeOf(real, request);
  const found = await outcomeOf(modelled, request);
  try {
    expect(found).toEqual(expected);
  } catch (error) {
    throw new Error(`${JSON.stringify(request)}\n${String(error)}`, { cause: error });
  }
  return found;
}

/** All pages; each of them must agree. */
async function samePages(request: Request): Promise<void> {
  let from: unknown;
  do {
    const input =
      from === undefined ? request.input : { ...request.input, ExclusiveStartKey: from };
    from = (await same({ ...request, input }))['LastEvaluatedKey'];
  } while (from !== undefined);
}

/** All items that pass the filter. In no order: AWS does not say in which a scan gives them. */
async function scanned(client: DynamoDBClient, input: Record<string, unknown>): Promise<Row[]> {
  const rows: Row[] = [];
  let from: Row | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: 'money', Limit: 40, ExclusiveStartKey: from, ...input }),
    );
    rows.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return inOrder(rows);
}

/** All of these must have been met, or the requests have become too tame to prove anything. */
const everyAnswer = [
  'BatchGetItem ValidationException',
  'BatchGetItem ok',
  'DeleteItem ConditionalCheckFailedException',
  'DeleteItem ValidationException',
  'DeleteItem ok',
  'GetItem ok',
  'PutItem ConditionalCheckFailedException',
  'PutItem ValidationException',
  'PutItem ok',
  'TransactWriteItems IdempotentParameterMismatchException',
  'TransactWriteItems TransactionCanceledException',
  'TransactWriteItems ValidationException',
  'TransactWriteItems ok',
  'UpdateItem ConditionalCheckFailedException',
  'UpdateItem ValidationException',
  'UpdateItem ok',
];

test(
  'what is asked of both is answered alike',
  async () => {
    const met = new Set<string>();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { minLength: 8, maxLength: 20 }), async (list) => {
        run += 1;
        for (const { operation, input } of list) {
          const request = { operation, input: inRun(input, `${run}-`) as Request['input'] };
          if (operation === 'Query') await samePages(request);
          else met.add(`${operation} ${(await same(request))['name'] ?? 'ok'}`);
        }
      }),
      { seed, numRuns: 40 },
    );
    for (const TableName of ['money', 'webhooks'])
      expect(await scanned(modelled, { TableName })).toEqual(await scanned(real, { TableName }));
    expect([...met].sort()).toEqual(everyAnswer);
  },
  timeoutMs,
);

const at = (pk: string, sk = '1'): Row => ({ pk: { S: pk }, sk: { S: sk } });
const query = (KeyConditionExpression: string, values: Row, more: object = {}): Request => ({
  operation: 'Query',
  input: {
    TableName: 'money',
    KeyConditionExpression,
    ExpressionAttributeValues: values,
    ...more,
  },
});

/** Of each type, in its order, with what compares otherwise as UTF-16 or as a double. */
const texts = ['', 'a', 'ab', 'b', 'xa', '\uffee', '😀'].map((S) => ({ S }));
const numbers = [
  ...['-10', '-9.5', '-1', '-0.001', '0', '0.25', '1', '9', '10', '10.5', '1e20'],
  ...['12345678901234567890123456789012345678', '12345678901234567890123456789012345679'],
].map((N) => ({ N }));
const bytes = [[], [1], [1, 2], [200]].map((one) => ({ B: Uint8Array.from(one) }));
const others: AttributeValue[] = [
  { BOOL: true },
  { NULL: true },
  { L: [{ N: '1.0' }] },
  { M: { a: { S: 'a' } } },
];

async function fill(partition: string, rows: readonly Row[]): Promise<void> {
  for (const [index, row] of rows.entries())
    await same({
      operation: 'PutItem',
      input: {
        TableName: 'money',
        Item: { ...at(partition, String(index).padStart(2, '0')), ...row },
      },
    });
}

/** A filter is a condition, asked of many items at once. */
const filter = (partition: string, FilterExpression: string, values: Row = {}): Request =>
  query('pk = :pk', { ':pk': { S: partition }, ...values }, { FilterExpression });

test(
  'a comparison holds for the same items',
  async () => {
    const ordered: AttributeValue[] = [...texts, ...numbers, ...bytes];
    await fill('values', [{}, ...[...ordered, ...others].map((v) => ({ v }))]);
    const found = new Set<number>();
    const ask = async (expression: string, values: Row) =>
      found.add(Number((await same(filter('values', expression, values)))['Count']));
    for (const x of [...ordered, ...others])
      for (const comparator of ['=', '<>']) await ask(`v ${comparator} :x`, { ':x': x });
    for (const x of ordered)
      for (const comparator of ['<', '<=', '>', '>=']) await ask(`v ${comparator} :x`, { ':x': x });
    for (const x of texts) await ask('begins_with(v, :x)', { ':x': x });
    for (const list of [texts, numbers, bytes] as AttributeValue[][])
      for (const [index, from] of list.entries())
        await ask('v BETWEEN :from AND :to', { ':from': from, ':to': list[index + 1] ?? from });
    expect(found.size).toBeGreaterThan(10);
  },
  timeoutMs,
);

test('a set has each of its members once, and says what it contains', async () => {
  const set = (...SS: string[]): AttributeValue => ({ SS });
  await fill('sets', [{}, ...[set('a'), set('ab', 'b'), ...texts, ...others].map((v) => ({ v }))]);
  const ask = async (expression: string, values: Row) =>
    (await same(filter('sets', expression, values)))['Count'];
  const counts: unknown[] = [];
  for (const x of ['a', 'b', 'ab', 'c'].map((S) => ({ S }))) {
    counts.push(await ask('contains(v, :x)', { ':x': x }));
    await ask('NOT contains(v, :x)', { ':x': x });
  }
  expect(new Set(counts).size).toBeGreaterThan(1);
  for (const x of [set('b', 'ab'), set('ab', 'b'), set('b'), set('a', 'b')])
    for (const comparator of ['=', '<>']) await ask(`v ${comparator} :x`, { ':x': x });

  const add = (sk: string, more: AttributeValue): Request => ({
    operation: 'UpdateItem',
    input: {
      ...{ TableName: 'money', Key: at('added', sk), UpdateExpression: 'ADD v :v' },
      ...{ ConditionExpression: 'NOT contains(v, :c)' },
      ExpressionAttributeValues: { ':v': more, ':c': { S: 'c' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  });
  const members = [set('a'), set('b', 'a'), set(), set('d', 'd'), { N: '1' }, set('c'), set('d')];
  for (const more of members) await same(add('set', more));
  await same(put({ ...at('added', 'text'), v: { S: 'a' } }));
  await same(add('text', set('a')));
  const added = filter('added', 'v = :x', { ':x': set('c', 'b', 'a') });
  expect(await same(added)).toMatchObject({ Count: 1 });
});

type Of = [index: string | null, partition: string, sort: string];

test(
  'a key condition finds the same items, page by page, in the same order',
  async () => {
    const sorts = texts.filter(({ S }) => S !== '');
    const partition = { S: 'keys' };
    for (const sk of sorts)
      await same(put({ pk: partition, sk, inbox: partition, inboxOrder: sk }));
    for (const [index, dueAt] of numbers.entries())
      await same(put({ pk: { S: `due${index}` }, dueShard: partition, dueAt }));
    const ask = async ([index, key, name]: Of, condition: string, values: Row) => {
      const expression = `${key} = :p AND ${name} ${condition}`;
      const more = index === null ? {} : { IndexName: index };
      for (const ScanIndexForward of [true, false])
        await samePages(
          query(
            expression,
            { ':p': partition, ...values },
            { ...more, ScanIndexForward, Limit: 4 },
          ),
        );
    };
    const all: [Of, AttributeValue[]][] = [
      [[null, 'pk', 'sk'], sorts],
      [['inbox', 'inbox', 'inboxOrder'], sorts.slice(3)],
      [['due', 'dueShard', 'dueAt'], numbers.slice(7, 10)],
    ];
    for (const [of, list] of all)
      for (const x of list)
        for (const comparator of ['=', '<', '<=', '>', '>='])
          await ask(of, `${comparator} :x`, { ':x': x });
    for (const { S } of sorts) {
      const expression = 'pk = :p AND begins_with(sk, :x)';
      await samePages(query(expression, { ':p': partition, ':x': { S } }));
    }
  },
  timeoutMs,
);

test(
  'sums are exact',
  async () => {
    const summands = [
      ...numbers.map(({ N }) => N),
      '-0.25',
      '1e-20',
      '99999999999999999999999999999999999999',
    ];
    const sum = (N: string) =>
      update('ADD amount :by', {
        Key: at('sum'),
        ExpressionAttributeValues: { ':by': { N } },
        ReturnValues: 'ALL_NEW',
      });
    for (const N of summands) {
      await same({
        operation: 'PutItem',
        input: { TableName: 'money', Item: { ...at('sum'), amount: { N } } },
      });
      for (const by of ['-9.5', '0.25', '1e20', ...summands.slice(-5)]) await same(sum(by));
    }
  },
  timeoutMs,
);

test('an index follows its items', async () => {
  const partition = { S: 'moving' };
  const waits = (order: string): Row => ({ inbox: partition, inboxOrder: { S: order } });
  const Key = { pk: partition, sk: { S: '1' } };
  const set = (UpdateExpression: string, values?: Row) =>
    update(UpdateExpression, { Key, ...(values && { ExpressionAttributeValues: values }) });
  for (const request of [
    put({ ...Key, ...waits('3') }),
    put({ pk: partition, sk: { S: '2' }, ...waits('2') }),
    put({ ...Key, ...waits('1') }),
    set('SET version = :one', { ':one': { N: '1' } }),
    set('SET inboxOrder = :o', { ':o': { S: '4' } }),
    set('SET inbox = :o', { ':o': { S: 'elsewhere' } }),
    set('SET inbox = :o', { ':o': partition }),
    set('REMOVE inboxOrder'),
    set('SET inboxOrder = :o', { ':o': { S: '0' } }),
    { operation: 'DeleteItem', input: { TableName: 'money', Key } },
    put({ ...Key, ...waits('9') }),
  ] as Request[]) {
    await same(request);
    await same(query('inbox = :p', { ':p': partition }, { IndexName: 'inbox' }));
  }
});

test('who fails shows its item when asked to, in the place of its action', async () => {
  await fill('shown', [{ version: { N: '1' } }, { version: { N: '2' } }]);
  const ConditionExpression = 'version = :v';
  for (const wanted of ['1', '2', '3'])
    for (const ReturnValuesOnConditionCheckFailure of ['ALL_OLD', 'NONE']) {
      const ExpressionAttributeValues = { ':v': { N: wanted } };
      const more = { TableName: 'money', ConditionExpression, ReturnValuesOnConditionCheckFailure };
      const asks = { ...more, ExpressionAttributeValues };
      const [first, second, none] = ['00', '01', '02'].map((sk) => at('shown', sk));
      const set = {
        UpdateExpression: 'SET a = :a',
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ':a': { N: '1' } },
      };
      await same(
        transact([
          { ConditionCheck: { ...asks, Key: first } },
          { Update: { ...asks, ...set, Key: second } },
          { Delete: { ...asks, Key: none } },
        ]),
      );
      await same(
        transact([{ Put: { ...asks, Item: first } }, { Delete: { ...asks, Key: second } }]),
      );
      if (wanted === '3')
        for (const Key of [first, none]) {
          await same({ operation: 'PutItem', input: { ...asks, Item: Key } });
          await same({ operation: 'DeleteItem', input: { ...asks, Key } });
          await same({ operation: 'UpdateItem', input: { ...asks, ...set, Key } });
        }
    }
});

test('words bind as they do', async () => {
  const some = (bits: number, name: string, bit: number): Row =>
    bits & bit ? { [name]: { S: '' } } : {};
  const rows = Array.from({ length: 8 }, (_, bits) => ({
    ...some(bits, 'a', 1),
    ...some(bits, 'b', 2),
    ...some(bits, 'c', 4),
  }));
  await fill('words', rows);
  for (const words of [
    'a OR b AND c',
    'a AND b OR c',
    'NOT a AND b',
    'NOT a OR b',
    'NOT (a OR b) AND c',
    '(a OR b) AND c',
    'a AND (b OR NOT c)',
    'a OR NOT b AND c OR NOT NOT b',
  ])
    await same(filter('words', words.replaceAll(/[abc]/g, 'attribute_exists($&)')));
});

const text = (bytes: number): AttributeValue => ({ S: 'x'.repeat(bytes) });
const put = (item: Row, more: object = {}): Request => ({
  operation: 'PutItem',
  input: { TableName: 'money', Item: { ...at('edge'), ...item }, ...more },
});
const update = (UpdateExpression: string, more: object = {}): Request => ({
  operation: 'UpdateItem',
  input: { TableName: 'money', Key: at('edge'), UpdateExpression, ...more },
});
const transact = (TransactItems: object[]): Request => ({
  operation: 'TransactWriteItems',
  input: { TransactItems },
});
const one = { ':one': { N: '1' } };
const edge = { ':pk': { S: 'edge' } };
const deep = (levels: number): AttributeValue =>
  levels === 0 ? { NULL: true } : { L: [deep(levels - 1)] };

test.each<[string, Request]>([
  [
    'a value that no expression uses',
    put({}, { ConditionExpression: 'attribute_not_exists(a)', ExpressionAttributeValues: one }),
  ],
  [
    'a name that no expression uses',
    put(
      {},
      { ConditionExpression: 'attribute_not_exists(zzz)', ExpressionAttributeNames: { '#a': 'a' } },
    ),
  ],
  ['values without an expression', put({}, { ExpressionAttributeValues: one })],
  ['a value that is missing', put({}, { ConditionExpression: 'version = :one' })],
  [
    'a name that is missing',
    put({}, { ConditionExpression: '#version = :one', ExpressionAttributeValues: one }),
  ],
  [
    'no values in the map of values',
    put({}, { ConditionExpression: 'attribute_exists(pk)', ExpressionAttributeValues: {} }),
  ],
  ['an empty condition', put({}, { ConditionExpression: '' })],
  ['half a condition', put({}, { ConditionExpression: 'version = ' })],
  ['a condition with a rest', put({}, { ConditionExpression: 'attribute_exists(pk) pk' })],
  ['a parenthesis that stays open', put({}, { ConditionExpression: '(attribute_exists(pk)' })],
  [
    'a key without its sort key',
    { operation: 'GetItem', input: { TableName: 'money', Key: { pk: { S: 'a' } } } },
  ],
  [
    'a key with more than a key',
    { operation: 'GetItem', input: { TableName: 'money', Key: { ...at('a'), x: { S: 'a' } } } },
  ],
  ['a key of another type', put({ pk: { N: '1' } })],
  ['an empty key', put({ pk: { S: '' } })],
  ['the longest partition key', put({ pk: text(2_048) })],
  ['a partition key that is too long', put({ pk: text(2_049) })],
  ['the longest sort key', put({ sk: text(1_024) })],
  ['a sort key that is too long', put({ sk: text(1_025) })],
  ['a key of an index that is empty', put({ inbox: { S: '' } })],
  // `pk`, `edge`, `sk`, `1` and the name are 10 bytes.
  ['the largest item', put({ a: text(400 * 1_024 - 10) })],
  ['an item that is too large', put({ a: text(400 * 1_024 - 9) })],
  [
    'an update that makes an item too large',
    update('SET b = :b', { ExpressionAttributeValues: { ':b': text(400 * 1_024) } }),
  ],
  ['lists in lists', put({ a: deep(30) })],
  ['too many lists in lists', put({ a: deep(40) })],
  ['a value of two types', put({ a: { S: 'a', N: '1' } as unknown as AttributeValue })],
  ['NULL that is false', put({ a: { NULL: false } as unknown as AttributeValue })],
  ['a key in an update', update('SET sk = :one', { ExpressionAttributeValues: one })],
  [
    'an attribute twice in an update',
    update('SET a = :one REMOVE a', { ExpressionAttributeValues: one }),
  ],
  [
    'a section twice in an update',
    update('SET a = :one SET b = :one', { ExpressionAttributeValues: one }),
  ],
  ['a copy of what is not there', update('SET a = nothing')],
  [
    'text that a number is added to',
    update('ADD pk2 :one', {
      ExpressionAttributeValues: one,
      ConditionExpression: 'attribute_exists(pk2)',
    }),
  ],
  [
    'a range from above to below',
    put(
      {},
      {
        ConditionExpression: 'a BETWEEN :b AND :one',
        ExpressionAttributeValues: { ...one, ':b': { N: '2' } },
      },
    ),
  ],
  ['no actions', transact([])],
  [
    '100 actions',
    transact(
      Array.from({ length: 100 }, (_, n) => ({
        Put: { TableName: 'money', Item: at('many', `${n}`) },
      })),
    ),
  ],
  [
    '101 actions',
    transact(
      Array.from({ length: 101 }, (_, n) => ({
        Put: { TableName: 'money', Item: at('many', `${n}`) },
      })),
    ),
  ],
  [
    'two actions on one item',
    transact([
      { Put: { TableName: 'money', Item: at('twice') } },
      { Delete: { TableName: 'money', Key: at('twice') } },
    ]),
  ],
  [
    'one key in two tables',
    transact([
      { Put: { TableName: 'money', Item: at('both') } },
      { Put: { TableName: 'webhooks', Item: at('both') } },
    ]),
  ],
  [
    'a check without its condition',
    transact([{ ConditionCheck: { TableName: 'money', Key: at('a') } }]),
  ],
  [
    'more than 4 MB',
    transact(
      Array.from({ length: 11 }, (_, n) => ({
        Put: { TableName: 'money', Item: { ...at('large', `${n}`), a: text(390_000) } },
      })),
    ),
  ],
  [
    '100 keys',
    {
      operation: 'BatchGetItem',
      input: {
        RequestItems: {
          money: { Keys: Array.from({ length: 100 }, (_, n) => at('many', `${n}`)) },
        },
      },
    },
  ],
  [
    '101 keys',
    {
      operation: 'BatchGetItem',
      input: {
        RequestItems: {
          money: { Keys: Array.from({ length: 101 }, (_, n) => at('many', `${n}`)) },
        },
      },
    },
  ],
  ['no keys', { operation: 'BatchGetItem', input: { RequestItems: {} } }],
  ['a limit of nothing', query('pk = :pk', edge, { Limit: 0 })],
  [
    'a consistent read of an index',
    query('inbox = :pk', edge, { IndexName: 'inbox', ConsistentRead: true }),
  ],
  ['an index that is not there', query('inbox = :pk', edge, { IndexName: 'outbox' })],
  ['a query without its partition', query('sk = :pk', edge)],
  ['a range of partitions', query('pk > :pk', edge)],
  ['partitions that differ', query('pk <> :pk', edge)],
  ['either partition', query('pk = :pk OR pk = :pk', edge)],
  [
    'three key conditions',
    query('pk = :pk AND sk > :a AND sk < :b', { ...edge, ':a': { S: '1' }, ':b': { S: '2' } }),
  ],
  ['a condition on what is no key', query('pk = :pk AND version = :one', { ...edge, ...one })],
  [
    'a range of sort keys from above to below',
    query('pk = :pk AND sk BETWEEN :b AND :a', { ...edge, ':a': { S: '1' }, ':b': { S: '2' } }),
  ],
  ['half a start', query('pk = :pk', edge, { ExclusiveStartKey: { pk: { S: 'edge' } } })],
  [
    'words in small letters',
    query('pk = :pk and sk between :a and :b', { ...edge, ':a': { S: '1' }, ':b': { S: '2' } }),
  ],
])('%s', async (_, request) => {
  await same(request);
});

type Statement = { Statement: string; Parameters: AttributeValue[] };
const setting = (pk: string, version: string, more: Partial<Statement> = {}): Statement => ({
  Statement: `UPDATE "money" SET "a"=?, "version"=? REMOVE "b" WHERE "pk"=? AND "sk"=? AND "version"=?`,
  Parameters: [{ M: { x: { NULL: true } } }, { N: '2' }, { S: pk }, { S: '1' }, { N: version }],
  ...more,
});
const bytesAndIndex: Partial<Statement> = {
  Statement: `UPDATE "money" SET "a"=?, "inbox"=?, "inboxOrder"=? WHERE "pk"=? AND "sk"=? AND "version"=?`,
  Parameters: [
    { B: Uint8Array.from([0, 255]) },
    ...[{ S: 'I' }, { S: '1' }, { S: 's1' }, { S: '1' }, { N: '1' }],
  ],
};
const isNull: AttributeValue[] = [
  ...[{ NULL: true as const }, { NULL: true as const }, { S: '1' }],
  ...[{ S: 's1' }, { S: '1' }, { N: '1' }],
];
test.each<[string, Statement[]]>([
  ['all are made', [setting('s1', '1'), setting('s2', '1')]],
  ['the version is another', [setting('s1', '7'), setting('s2', '1')]],
  ['the item is not there', [setting('s1', '1'), setting('nobody', '1')]],
  ['bytes, and an entry in an index', [setting('s1', '1', bytesAndIndex), setting('s2', '1')]],
  ['a key of an index has no text', [setting('s1', '1', { ...bytesAndIndex, Parameters: isNull })]],
  ['an item is named twice', [setting('s1', '1'), setting('s1', '2')]],
  ['a parameter is missing', [setting('s1', '1', { Parameters: [] }), setting('s2', '1')]],
  ['there are too many', Array.from({ length: 26 }, (_, index) => setting(`s${index}`, '1'))],
  ['there are none', []],
])('of statements that update one item each: %s', async (_, Statements) => {
  for (const pk of ['s1', 's2'])
    await same({
      operation: 'PutItem',
      input: { TableName: 'money', Item: { ...at(pk), version: { N: '1' }, b: { S: 'b' } } },
    });
  await same({ operation: 'BatchExecuteStatement', input: { Statements } });
  for (const pk of ['s1', 's2', 'nobody'])
    await same({ operation: 'GetItem', input: { TableName: 'money', Key: at(pk) } });
});

/** Here dynoxide does as it is asked, and AWS does not; its words stand above each. */
test.each<[string, Request]>([
  // Guide, "Quotas": a partition key has at most 2048 bytes, of tables and of secondary indexes alike.
  ['a key of an index that is too long', put({ inbox: text(2_049), inboxOrder: { S: '1' } })],
  // "Invalid UpdateExpression: The expression can not be empty;"
  ['an empty update', update(' ')],
  // "TransactItems can only contain one of Check, Put, Update or Delete"
  [
    'an action of two kinds',
    transact([
      { Put: { TableName: 'money', Item: at('a') }, Delete: { TableName: 'money', Key: at('b') } },
    ]),
  ],
  // "One or more parameter values were invalid: Condition parameter type does not match schema type"
  ['a sort key of another type', query('pk = :pk AND sk > :one', { ...edge, ...one })],
  // "The provided starting key is outside query boundaries based on provided conditions"
  ['a start in another partition', query('pk = :pk', edge, { ExclusiveStartKey: at('other') })],
])('AWS refuses %s', async (_, request) => {
  expect((await outcomeOf(modelled, request))['name']).toBe('ValidationException');
});

test.each<[string, Request]>([
  [
    'IN in an expression',
    put({}, { ConditionExpression: 'version IN (:one)', ExpressionAttributeValues: one }),
  ],
  [
    'the function size',
    put({}, { ConditionExpression: 'size(a) > :one', ExpressionAttributeValues: one }),
  ],
  ['a path into a document', put({}, { ConditionExpression: 'attribute_exists(a.b)' })],
  ['arithmetic', update('SET a = a + :one', { ExpressionAttributeValues: one })],
  ['DELETE in an update', update('DELETE a :one', { ExpressionAttributeValues: one })],
  [
    'REMOVE of an item that does not exist',
    {
      operation: 'UpdateItem',
      input: { TableName: 'money', Key: at('nowhere'), UpdateExpression: 'REMOVE a' },
    },
  ],
  ['attribute values of type NS', put({ a: { NS: ['1'] } })],
  [
    'an order of BOOL',
    put({}, { ConditionExpression: 'a < :t', ExpressionAttributeValues: { ':t': { BOOL: true } } }),
  ],
  ['Expected of PutItem', put({}, { Expected: { a: { Exists: false } } })],
  ['Select ALL_ATTRIBUTES', query('pk = :pk', edge, { Select: 'ALL_ATTRIBUTES' })],
  ['ReturnConsumedCapacity INDEXES', put({}, { ReturnConsumedCapacity: 'INDEXES' })],
])('what is not modelled ends the run: %s', async (what, request) => {
  expect(await outcomeOf(modelled, request)).toMatchObject({
    name: 'NotModelled',
    message: expect.stringContaining(what),
  });
});
