/**
 * The DynamoDB model against a real engine (dynoxide): the same requests through the same SDK must get the same answers
 * and leave the same items. Where that engine is known to differ from AWS, `fromEngine` says how, with AWS's own words.
 */
import {
  type AttributeValue,
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
import { startDatabase, type TestDatabase } from '../../support/dynoxide.ts';
import type { DynamoModel } from '../models/dynamodb.ts';
import { emptyModel, modelClient } from './dynamodb-client.ts';

const seed = 20_261_121;

let engine: TestDatabase;
let real: DynamoDBClient;
let model: DynamoModel;
let modelled: DynamoDBClient;

beforeAll(async () => {
  engine = await startDatabase();
  real = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  model = emptyModel();
  modelled = modelClient(model);
});
afterAll(() => {
  real.destroy();
  engine.stop();
});

const requests = {
  GetItem: GetItemCommand,
  BatchGetItem: BatchGetItemCommand,
  PutItem: PutItemCommand,
  UpdateItem: UpdateItemCommand,
  DeleteItem: DeleteItemCommand,
  Query: QueryCommand,
  Scan: ScanCommand,
  TransactWriteItems: TransactWriteItemsCommand,
};
type Request = { operation: keyof typeof requests; input: Record<string, unknown> };
type Outcome = Record<string, unknown>;
type Row = Record<string, AttributeValue>;

/** The answer, or the error, as far as both must agree: words of messages and costs are left out. */
async function outcomeOf(client: DynamoDBClient, { operation, input }: Request): Promise<Outcome> {
  try {
    const Command = requests[operation] as typeof GetItemCommand;
    const output = await client.send(new Command(structuredClone(input) as never));
    const { $metadata: _, ConsumedCapacity: __, ...answer } = output as unknown as Outcome;
    if (operation === 'BatchGetItem')
      answer['Responses'] = Object.fromEntries(
        Object.entries(answer['Responses'] as Record<string, Row[]>).map(([table, rows]) => [
          table,
          inOrder(rows),
        ]),
      );
    return answer;
  } catch (error) {
    const { name, Item, CancellationReasons } = error as {
      name: string;
      Item?: Row;
      CancellationReasons?: { Code?: string; Item?: Row }[];
    };
    const reasons = CancellationReasons?.map((one) => ({ Code: one.Code, Item: one.Item }));
    return { name, Item, reasons };
  }
}

const textOf = (row: Row): string => `${row['pk']?.S} ${row['sk']?.S}`;
const inOrder = (rows: readonly Row[]): Row[] =>
  [...rows].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));

async function same(request: Request): Promise<Outcome> {
  const [expected, found] = [await outcomeOf(real, request), await outcomeOf(modelled, request)];
  try {
    expect(found).toEqual(expected);
  } catch (error) {
    throw new Error(`${JSON.stringify(request, null, 1)}\n${String(error)}`, { cause: error });
  }
  return found;
}

/** All pages; each of them must agree. Answers how many there were. */
async function samePages(request: Request): Promise<number> {
  let pages = 0;
  let from: unknown;
  do {
    const input =
      from === undefined ? request.input : { ...request.input, ExclusiveStartKey: from };
    const answer = await same({ ...request, input });
    from = answer['LastEvaluatedKey'];
    pages += 1;
  } while (from !== undefined);
  return pages;
}

const texts = fc.constantFrom('', 'a', 'ab', 'b', 'é', '\uffee', '😀', 'ACTIVE');
const numbers = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 12 }).map(String) },
  {
    weight: 2,
    arbitrary: fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map(String),
  },
  fc.constantFrom(
    '1.50',
    '-0.5',
    '0.25',
    '1e3',
    '12.5E-2',
    '0',
    '-0',
    '007',
    '10.0',
    '1e38',
    '1e-7',
  ),
  fc.constantFrom('x', '1e999', '123456789012345678901234567890123456789', ''),
);
const scalars: fc.Arbitrary<AttributeValue> = fc.oneof(
  texts.map((S) => ({ S })),
  numbers.map((N) => ({ N })),
  fc.uint8Array({ maxLength: 3 }).map((B) => ({ B })),
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constant({ NULL: true as const }),
);
const values: fc.Arbitrary<AttributeValue> = fc.oneof(
  { weight: 8, arbitrary: scalars },
  fc.array(scalars, { maxLength: 2 }).map((L) => ({ L })),
  fc.dictionary(fc.constantFrom('a', 'b'), scalars, { maxKeys: 2 }).map((M) => ({ M })),
);
const versions = fc.integer({ min: 0, max: 3 }).map((n) => ({ N: String(n) }));
const attributes: Record<string, fc.Arbitrary<AttributeValue>> = {
  version: fc.oneof({ weight: 9, arbitrary: versions }, values),
  status: fc.oneof({ weight: 5, arbitrary: texts.map((S) => ({ S })) }, values),
  amount: fc.oneof({ weight: 5, arbitrary: numbers.map((N) => ({ N })) }, values),
  facts: values,
  inbox: fc.oneof({ weight: 20, arbitrary: fc.constant({ S: 'inbox' }) }, values),
  inboxOrder: fc.constantFrom('1', '2', '10', '\uffee', '😀').map((S) => ({ S })),
  dueShard: fc.constantFrom({ S: 'DUE#0' }, { S: 'DUE#1' }),
  dueAt: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom('1', '2', '10', '10.5', '-1').map((N) => ({ N })) },
    texts.map((S) => ({ S })),
  ),
};
const names = Object.keys(attributes);
const name = fc.constantFrom(...names);
const rows = fc.record(attributes, { requiredKeys: [] }).map((row) => row as Row);
/** `run` comes before each partition, so that every sequence has items of its own. */
const keys = fc.record({
  pk: fc.constantFrom('A', 'B').map((S) => ({ S })),
  sk: fc.constantFrom('1', '2', '10').map((S) => ({ S })),
});
const tableName = fc.constantFrom('money', 'money', 'webhooks');

type Expression = { text: string; values: Row; names: Record<string, string> };
const textIn = (text: string, used: readonly string[], more: Row = {}): Expression => ({
  text,
  values: more,
  names: Object.fromEntries(used.map((one) => [`#${one}`, one])),
});
let placeholder = 0;
const valueIn = (value: AttributeValue): [string, Row] => {
  const at = `:v${placeholder++}`;
  return [at, { [at]: value }];
};
const joined = (left: Expression, right: Expression, text: string): Expression => ({
  text,
  values: { ...left.values, ...right.values },
  names: { ...left.names, ...right.names },
});
const ordered = fc.oneof(
  texts.map((S) => ({ S })),
  numbers.map((N) => ({ N })),
  fc.uint8Array({ maxLength: 3 }).map((B) => ({ B })),
);

const simple: fc.Arbitrary<Expression> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('attribute_exists', 'attribute_not_exists')
      .chain((f) => fc.constantFrom('pk', ...names).map((one) => textIn(`${f}(#${one})`, [one]))),
  },
  {
    weight: 4,
    arbitrary: versions.map((value) => {
      const [at, given] = valueIn(value);
      return textIn(`#version = ${at}`, ['version'], given);
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(name, fc.constantFrom('=', '<>'), values)
      .map(([one, comparator, value]) => {
        const [at, given] = valueIn(value);
        return textIn(`#${one} ${comparator} ${at}`, [one], given);
      }),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(name, fc.constantFrom('<', '<=', '>', '>='), ordered)
      .map(([one, comparator, value]) => {
        const [at, given] = valueIn(value);
        return textIn(`#${one} ${comparator} ${at}`, [one], given);
      }),
  },
  fc
    .tuple(name, name, fc.constantFrom('=', '<', '>='))
    .map(([one, other, comparator]) => textIn(`#${one} ${comparator} #${other}`, [one, other])),
  fc.tuple(name, texts).map(([one, S]) => {
    const [at, given] = valueIn({ S });
    return textIn(`begins_with(#${one}, ${at})`, [one], given);
  }),
  fc.tuple(name, fc.integer({ min: -3, max: 5 }), fc.nat({ max: 8 })).map(([one, low, more]) => {
    const [from, lower] = valueIn({ N: String(low) });
    const [to, upper] = valueIn({ N: String(low + more) });
    return textIn(`#${one} BETWEEN ${from} AND ${to}`, [one], { ...lower, ...upper });
  }),
);
const conditions: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 5, arbitrary: simple },
  fc
    .tuple(simple, simple, fc.constantFrom('AND', 'OR', 'and', 'or'))
    .map(([a, b, word]) => joined(a, b, `${a.text} ${word} ${b.text}`)),
  fc
    .tuple(simple, simple, simple)
    .map(([a, b, c]) => joined(joined(a, b, ''), c, `${a.text} OR ${b.text} AND NOT ${c.text}`)),
  fc
    .tuple(simple, simple, simple)
    .map(([a, b, c]) => joined(joined(a, b, ''), c, `(${a.text} OR ${b.text}) AND ${c.text}`)),
);
const updates: fc.Arbitrary<Expression> = fc
  .uniqueArray(
    fc.tuple(name, fc.constantFrom('set', 'set', 'set', 'first', 'copy', 'remove', 'add')),
    { minLength: 1, maxLength: 4, selector: ([one]) => one },
  )
  .chain((parts) =>
    fc
      .tuple(...parts.map(([one]) => fc.tuple(attributes[one] ?? values, numbers, name)))
      .map((given) => {
        const sections: Record<'SET' | 'REMOVE' | 'ADD', string[]> = {
          SET: [],
          REMOVE: [],
          ADD: [],
        };
        const used: string[] = [];
        const all: Row = {};
        for (const [index, [one, how]] of parts.entries()) {
          const [value, N, other] = given[index] ?? [{ NULL: true as const }, '1', 'version'];
          const [at, row] = valueIn(how === 'add' ? { N } : value);
          used.push(one);
          if (how === 'remove') sections.REMOVE.push(`#${one}`);
          else if (how === 'copy') {
            sections.SET.push(`#${one} = #${other}`);
            used.push(other);
          } else {
            Object.assign(all, row);
            if (how === 'add') sections.ADD.push(`#${one} ${at}`);
            else
              sections.SET.push(
                how === 'set' ? `#${one} = ${at}` : `#${one} = if_not_exists(#${one}, ${at})`,
              );
          }
        }
        const text = Object.entries(sections)
          .filter(([, list]) => list.length > 0)
          .map(([section, list]) => `${section} ${list.join(', ')}`)
          .join(' ');
        return textIn(text, used, all);
      }),
  );

const placeholdersOf = (...given: (Expression | undefined)[]) => {
  const all = given.filter((one) => one !== undefined);
  const allNames = Object.assign({}, ...all.map((one) => one.names));
  const allValues = Object.assign({}, ...all.map((one) => one.values));
  return {
    ...(Object.keys(allNames).length === 0 ? {} : { ExpressionAttributeNames: allNames }),
    ...(Object.keys(allValues).length === 0 ? {} : { ExpressionAttributeValues: allValues }),
  };
};
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
const onFailure = maybe(fc.constantFrom('ALL_OLD', 'NONE'));

type Made = {
  kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  input: Record<string, unknown>;
};
const actions: fc.Arbitrary<Made> = fc
  .record({
    kind: fc.constantFrom('Put', 'Put', 'Update', 'Update', 'Delete', 'ConditionCheck'),
    table: tableName,
    Key: keys,
    row: rows,
    update: updates,
    condition: maybe(conditions),
    must: conditions,
    shows: onFailure,
  })
  .map(({ kind, table, Key, row, update, condition: wanted, must, shows }): Made => {
    const condition = kind === 'ConditionCheck' ? must : wanted;
    const used = kind === 'Update' ? update : undefined;
    return {
      kind: kind as Made['kind'],
      input: {
        TableName: table,
        ...(kind === 'Put' ? { Item: { ...row, ...Key } } : { Key }),
        ...(used === undefined ? {} : { UpdateExpression: used.text }),
        ...(condition === undefined ? {} : { ConditionExpression: condition.text }),
        ...(shows === undefined || condition === undefined
          ? {}
          : { ReturnValuesOnConditionCheckFailure: shows }),
        ...placeholdersOf(used, condition),
      },
    };
  });
const operationOf = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem' } as const;
const writes: fc.Arbitrary<Request> = fc
  .tuple(
    actions.filter(({ kind }) => kind !== 'ConditionCheck'),
    maybe(fc.constantFrom('NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW')),
  )
  .map(([{ kind, input }, ReturnValues]) => ({
    operation: operationOf[kind as keyof typeof operationOf],
    input: { ...input, ...(ReturnValues === undefined ? {} : { ReturnValues }) },
  }));
const transactions: fc.Arbitrary<Request> = fc
  .tuple(fc.array(actions, { minLength: 1, maxLength: 5 }), maybe(fc.constantFrom('one', 'two')))
  .map(([list, token]) => ({
    operation: 'TransactWriteItems',
    input: {
      TransactItems: list.map(({ kind, input }) => ({ [kind]: input })),
      ...(token === undefined ? {} : { ClientRequestToken: token }),
    },
  }));
const reads: fc.Arbitrary<Request> = fc.oneof(
  fc
    .record({ TableName: tableName, Key: keys, ConsistentRead: fc.boolean() })
    .map((input) => ({ operation: 'GetItem' as const, input })),
  fc
    .record({
      TableName: tableName,
      Key: keys,
      fields: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    })
    .map(({ fields, ...input }) => ({
      operation: 'GetItem' as const,
      input: {
        ...input,
        ProjectionExpression: fields.map((one) => `#${one}`).join(', '),
        ...placeholdersOf(textIn('', fields)),
      },
    })),
  fc
    .array(keys, { minLength: 1, maxLength: 6 })
    .map((Keys) => ({
      operation: 'BatchGetItem' as const,
      input: { RequestItems: { money: { Keys, ConsistentRead: true } } },
    })),
);
const comparator = fc.constantFrom('=', '<', '<=', '>', '>=');
const paging = fc
  .record({ ScanIndexForward: fc.boolean(), Limit: maybe(fc.integer({ min: 1, max: 3 })) })
  .map(({ Limit, ...rest }) => (Limit === undefined ? rest : { ...rest, Limit }));
const sortConditions = (
  sort: string,
  value: fc.Arbitrary<AttributeValue>,
): fc.Arbitrary<Expression> =>
  fc.oneof(
    fc.constant(textIn('', [])),
    fc
      .tuple(comparator, value)
      .map(([one, given]) => textIn(` AND #${sort} ${one} :s`, [sort], { ':s': given })),
    fc
      .tuple(value, value)
      .map(([from, to]) =>
        textIn(` AND #${sort} BETWEEN :from AND :to`, [sort], { ':from': from, ':to': to }),
      ),
    value.map((given) => textIn(` AND begins_with(#${sort}, :s)`, [sort], { ':s': given })),
  );
const sortText = fc.constantFrom('1', '2', '10', '5', '\uffee').map((S) => ({ S }));
const sortNumber = fc.constantFrom('1', '2', '10', '10.5', '-1').map((N) => ({ N }));
const queries: fc.Arbitrary<Request> = fc.oneof(
  fc
    .tuple(fc.constantFrom('A', 'B'), sortConditions('sk', sortText), paging)
    .map(([S, sort, given]) => ({
      operation: 'Query' as const,
      input: {
        TableName: 'money',
        KeyConditionExpression: `pk = :p${sort.text}`,
        ConsistentRead: true,
        ...given,
        ...placeholdersOf(sort, { ...textIn('', []), values: { ':p': { S } } }),
      },
    })),
  fc.tuple(sortConditions('inboxOrder', sortText), paging).map(([sort, given]) => ({
    operation: 'Query' as const,
    input: {
      TableName: 'money',
      IndexName: 'inbox',
      KeyConditionExpression: `inbox = :p${sort.text}`,
      ...given,
      ...placeholdersOf(sort, { ...textIn('', []), values: { ':p': { S: 'inbox' } } }),
    },
  })),
  fc
    .tuple(fc.constantFrom('DUE#0', 'DUE#1'), sortConditions('dueAt', sortNumber), paging)
    .map(([S, sort, given]) => ({
      operation: 'Query' as const,
      input: {
        TableName: 'money',
        IndexName: 'due',
        KeyConditionExpression: `dueShard = :p${sort.text}`,
        ...given,
        ...placeholdersOf(sort, { ...textIn('', []), values: { ':p': { S } } }),
      },
    })),
);

const requestsOf: fc.Arbitrary<Request> = fc.oneof(
  { weight: 6, arbitrary: writes },
  { weight: 4, arbitrary: transactions },
  { weight: 2, arbitrary: reads },
  { weight: 2, arbitrary: queries },
);

/** The same request in the partitions of one run. */
function inRun(value: unknown, run: string, field = ''): unknown {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((one) => inRun(one, run));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([at, one]) => [
        at,
        at === 'S' && ['pk', ':p', 'inbox', 'dueShard'].includes(field)
          ? `${run}${String(one)}`
          : inRun(one, run, at),
      ]),
    );
  return field === 'ClientRequestToken' ? `${run}${String(value)}` : value;
}

let run = 0;
test('what is asked of both is answered alike', async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(requestsOf, { minLength: 8, maxLength: 16 }), async (list) => {
      run += 1;
      for (const { operation, input } of list) {
        const request = { operation, input: inRun(input, `${run}-`) as Record<string, unknown> };
        if (operation === 'Query') await samePages(request);
        else {
          const answer = await same(request);
          const what = `${operation} ${String(answer['name'] ?? 'ok')}`;
          outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
        }
      }
    }),
    { seed, numRuns: 60, endOnFailure: true },
  );
  console.log(outcomes);
});
