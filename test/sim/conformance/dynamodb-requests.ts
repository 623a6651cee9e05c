/** Requests to DynamoDB as the product makes them, by chance, and the ways in which they can be wrong. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';

export type Operation =
  | 'GetItem'
  | 'BatchGetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'Query'
  | 'Scan'
  | 'TransactWriteItems'
  | 'BatchExecuteStatement';
export type Request = { operation: Operation; input: Record<string, unknown> };
export type Row = Record<string, AttributeValue>;

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
);
const wrongNumbers = fc.constantFrom('x', '1e999', '123456789012345678901234567890123456789', '');
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
  version: fc.oneof({ weight: 19, arbitrary: versions }, values),
  status: fc.oneof({ weight: 5, arbitrary: texts.map((S) => ({ S })) }, values),
  amount: fc.oneof(
    { weight: 20, arbitrary: numbers.map((N) => ({ N })) },
    { weight: 4, arbitrary: values },
    wrongNumbers.map((N) => ({ N })),
  ),
  facts: values,
  inbox: fc.oneof({ weight: 40, arbitrary: fc.constant({ S: 'inbox' }) }, values),
  inboxOrder: fc.constantFrom('1', '2', '10', '\uffee', '😀').map((S) => ({ S })),
  dueShard: fc.constantFrom({ S: 'DUE#0' }, { S: 'DUE#1' }),
  dueAt: fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom('1', '2', '10', '10.5', '-1').map((N) => ({ N })) },
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
  // Whether REMOVE alone makes an item is not said by AWS, and the model does not know it.
  .filter((parts) => parts.some(([, how]) => how !== 'remove'))
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
  fc.array(keys, { minLength: 1, maxLength: 6 }).map((Keys) => ({
    operation: 'BatchGetItem' as const,
    input: { RequestItems: { money: { Keys, ConsistentRead: true } } },
  })),
);
const comparator = fc.constantFrom('=', '<', '<=', '>', '>=');
const paging = fc
  .record({
    ScanIndexForward: fc.boolean(),
    Limit: maybe(fc.integer({ min: 1, max: 3 })),
    Select: maybe(fc.constant('COUNT')),
  })
  .map(({ Limit, Select, ...rest }) => ({
    ...rest,
    ...(Limit === undefined ? {} : { Limit }),
    ...(Select === undefined ? {} : { Select }),
  }));
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
  );
const startConditions = (sort: string): fc.Arbitrary<Expression> =>
  texts.map((S) => textIn(` AND begins_with(#${sort}, :s)`, [sort], { ':s': { S } }));
const sortText = fc.constantFrom('1', '2', '10', '5', '\uffee').map((S) => ({ S }));
const sortNumber = fc.constantFrom('1', '2', '10', '10.5', '-1').map((N) => ({ N }));
const queries: fc.Arbitrary<Request> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('A', 'B'),
      fc.oneof(sortConditions('sk', sortText), startConditions('sk')),
      paging,
    )
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
  fc
    .tuple(fc.oneof(sortConditions('inboxOrder', sortText), startConditions('inboxOrder')), paging)
    .map(([sort, given]) => ({
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

/** Any request of the kinds that the product makes, some of them wrong. */
export const anyRequest: fc.Arbitrary<Request> = fc.oneof(
  { weight: 6, arbitrary: writes },
  { weight: 4, arbitrary: transactions },
  { weight: 2, arbitrary: reads },
  { weight: 2, arbitrary: queries },
);

/** The same request with partitions, and tokens, of its own. */
export function inRun(value: unknown, run: string, field = ''): unknown {
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
