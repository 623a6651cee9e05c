/** Query and Scan: a page of a table or index. */
import type { AttributeValue, Row } from '../truth.ts';
import {
  comparePartitions,
  comparePlaces,
  type Entry,
  firstWhere,
  type Place,
} from './dynamodb-copy.ts';
import { Invalid, NotModelled } from './dynamodb-errors.ts';
import {
  attributeOf,
  type Binding,
  bindingOf,
  holds,
  requireRange,
  requireSense,
} from './dynamodb-evaluate.ts';
import { type Condition, type Operand, parseCondition } from './dynamodb-expressions.ts';
import { type IndexDefinition, keyOf, keysOf, placeOf, type Table } from './dynamodb-table.ts';
import { compareValues, rowOf } from './dynamodb-values.ts';

export type QueryInput = {
  IndexName?: string;
  KeyConditionExpression?: string;
  FilterExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
  ScanIndexForward?: boolean;
  Select?: string;
  ConsistentRead?: boolean;
  Limit?: number;
  ExclusiveStartKey?: object;
};
export type Page = {
  /** Absent where only their number was asked for. */
  Items?: Row[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: Row;
};
type Found = { page: Page; bytes: number };
/** Below 0 is a sort key before the wanted ones, above 0 one behind them: in their order all that are wanted stand together. */
type Placed = (sort: AttributeValue) => number;
type Range = { partition: string; placed: Placed };

/** AWS API reference, Query: "A single Query operation will read up to … a maximum of 1 MB of data". */
const pageBytesMax = 1_024 * 1_024;

export function queryPage(table: Table, input: QueryInput): Found {
  if (input.KeyConditionExpression === undefined)
    throw new Invalid(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified',
    );
  const index = input.IndexName === undefined ? null : table.index(input.IndexName);
  if (index !== null && input.ConsistentRead === true)
    throw new Invalid('Consistent reads are not supported on global secondary indexes');
  const expression = parseCondition(input.KeyConditionExpression);
  const filter =
    input.FilterExpression === undefined ? null : parseCondition(input.FilterExpression);
  const binding = bindingOf(input, filter === null ? [expression] : [expression, filter]);
  const definition = index?.definition ?? null;
  const range = rangeOf(expression.tree, binding, definition);
  const copy = index?.copy ?? table.items(input.ConsistentRead === true);
  const forward = input.ScanIndexForward !== false;
  const entries = copy.partition(range.partition);
  const { placed } = range;
  let from = firstWhere(entries, ({ sort }) => placed(sort) >= 0);
  let until = firstWhere(entries, ({ sort }) => placed(sort) > 0);
  const start = startOf(input.ExclusiveStartKey, definition);
  if (start !== null) {
    if (start.partition !== range.partition)
      throw new Invalid(
        'The provided starting key is outside query boundaries based on provided conditions',
      );
    if (forward)
      from = Math.max(
        from,
        firstWhere(entries, (entry) => comparePlaces(entry, start) > 0),
      );
    else
      until = Math.min(
        until,
        firstWhere(entries, (entry) => comparePlaces(entry, start) >= 0),
      );
  }
  const inOrder = between(entries, from, until, forward);
  const found = pageOf(inOrder, input.Limit, filter?.tree ?? null, binding, definition);
  if (input.Select === undefined) return found;
  if (input.Select !== 'COUNT') throw new NotModelled(`Select ${input.Select}`);
  const { Items, ...page } = found.page;
  return { ...found, page };
}

/** They are none, one or many of a long partition, so nothing is copied. */
function* between(
  entries: readonly Entry[],
  from: number,
  until: number,
  forward: boolean,
): Generator<Entry> {
  for (let nth = 0; nth < until - from; nth += 1)
    yield entries[forward ? from + nth : until - 1 - nth] as Entry;
}

export function scanPage(table: Table, input: QueryInput): Found {
  const filter =
    input.FilterExpression === undefined ? null : parseCondition(input.FilterExpression);
  const binding = bindingOf(input, filter === null ? [] : [filter]);
  const start = startOf(input.ExclusiveStartKey, null);
  let entries = table.items(input.ConsistentRead === true).all();
  if (start !== null)
    entries = entries.filter(
      (entry) =>
        (comparePartitions(entry.partition, start.partition) || comparePlaces(entry, start)) > 0,
    );
  return pageOf(entries, input.Limit, filter?.tree ?? null, binding, null);
}

/** As far as the limit or 1 MB goes, which count what is read and not what the filter leaves. */
function pageOf(
  entries: Iterable<Entry>,
  limit: number | undefined,
  filter: Condition | null,
  binding: Binding,
  index: IndexDefinition | null,
): Found {
  if (filter !== null) requireSense(filter, binding);
  if (limit !== undefined && limit < 1) throw new Invalid('Limit must be at least 1');
  const Items: Row[] = [];
  let bytes = 0;
  let read = 0;
  let last: Entry | null = null;
  for (const entry of entries) {
    read += 1;
    bytes += entry.bytes;
    if (filter === null || holds(filter, entry.row, binding)) Items.push(entry.row);
    if (read === limit || bytes >= pageBytesMax) {
      last = entry;
      break;
    }
  }
  const page: Page = { Items, Count: Items.length, ScannedCount: read };
  if (last !== null) page.LastEvaluatedKey = startKeyOf(last, index);
  return { page, bytes };
}

const startKeyOf = ({ row }: Entry, index: IndexDefinition | null): Row => {
  const names = index === null ? ['pk', 'sk'] : keysOf(index);
  return Object.fromEntries(names.map((name) => [name, row[name] as AttributeValue]));
};

function startOf(wire: object | undefined, index: IndexDefinition | null): Place | null {
  if (wire === undefined) return null;
  if (index === null) return placeOf(keyOf(wire));
  const row = rowOf(wire);
  const names = keysOf(index);
  const partition = row[index.partition];
  const sort = row[index.sort];
  const complete = Object.keys(row).length === names.length && names.every((name) => name in row);
  if (!complete || partition === undefined || sort === undefined || !('S' in partition))
    throw new Invalid('The provided starting key is invalid');
  const { pk, sk } = keyOf({ pk: row['pk'], sk: row['sk'] });
  return { partition: partition.S, sort, pk, sk };
}

/** AWS API reference, Query, KeyConditionExpression: the partition equals, and one condition on the sort key at most. */
function rangeOf(condition: Condition, binding: Binding, index: IndexDefinition | null): Range {
  const keys = { partition: index?.partition ?? 'pk', sort: index?.sort ?? 'sk' };
  const sortType = index?.sortType ?? 'S';
  const parts = condition.is === 'and' ? [condition.left, condition.right] : [condition];
  let partition: string | null = null;
  let placed: Placed | null = null;
  for (const part of parts) {
    const { name, comparator, values } = keyPartOf(part, binding);
    const [value, upper] = values;
    if (value === undefined) throw new Invalid('Query key condition not supported');
    if (name === keys.partition && partition === null) {
      if (comparator !== '=') throw new Invalid('Query key condition not supported');
      if (!('S' in value)) throw new Invalid(mismatch);
      if (value.S === '') throw new Invalid('A key attribute cannot be an empty text');
      partition = value.S;
    } else if (name === keys.sort && placed === null) {
      if (!(sortType in value)) throw new Invalid(mismatch);
      placed = placedBy(comparator, value, upper);
    } else throw new Invalid(`Query condition missed key schema element, or has another: ${name}`);
  }
  if (partition === null)
    throw new Invalid(`Query condition missed key schema element: ${keys.partition}`);
  return { partition, placed: placed ?? (() => 0) };
}

const mismatch = 'Condition parameter type does not match schema type';

type KeyComparator = '=' | '<' | '<=' | '>' | '>=' | 'between' | 'begins_with';
type KeyPart = { name: string; comparator: KeyComparator; values: AttributeValue[] };

function keyPartOf(part: Condition, binding: Binding): KeyPart {
  if (part.is === 'compare' && part.comparator !== '<>')
    return keyPart(part.comparator, [part.left, part.right], binding);
  if (part.is === 'between') return keyPart('between', [part.what, part.from, part.to], binding);
  if (part.is === 'begins_with') return keyPart('begins_with', [part.what, part.start], binding);
  throw new Invalid('Invalid operator used in KeyConditionExpression');
}

function keyPart(
  comparator: KeyComparator,
  [key, ...others]: readonly Operand[],
  binding: Binding,
): KeyPart {
  if (key?.is !== 'attribute') throw new NotModelled('a key condition with its value on the left');
  const values = others.map((one) => {
    const value = one.is === 'value' ? binding.values[one.value] : undefined;
    if (value === undefined) throw new Invalid('Invalid KeyConditionExpression');
    return value;
  });
  return { name: attributeOf(key.name, binding), comparator, values };
}

function placedBy(
  comparator: KeyComparator,
  value: AttributeValue,
  upper: AttributeValue | undefined,
): Placed {
  const order = (sort: AttributeValue): number => orderOf(sort, value);
  switch (comparator) {
    case '=':
      return order;
    case '<':
      return (sort) => (order(sort) < 0 ? 0 : 1);
    case '<=':
      return (sort) => (order(sort) <= 0 ? 0 : 1);
    case '>':
      return (sort) => (order(sort) > 0 ? 0 : -1);
    case '>=':
      return (sort) => (order(sort) >= 0 ? 0 : -1);
    case 'begins_with':
      if (!('S' in value)) throw new Invalid('Incorrect operand type for operator or function');
      return (sort) => ('S' in sort && sort.S.startsWith(value.S) ? 0 : order(sort));
    case 'between':
      requireRange(value, upper);
      return (sort) => (order(sort) < 0 ? -1 : Math.max(0, orderOf(sort, upper as AttributeValue)));
    default:
      return comparator satisfies never;
  }
}

function orderOf(sort: AttributeValue, value: AttributeValue): number {
  const order = compareValues(sort, value);
  if (order === null) throw new Error('sort keys of two types');
  return order;
}
