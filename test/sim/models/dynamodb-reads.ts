/** GetItem, BatchGetItem, Query and Scan. */
import type { Row } from '../truth.ts';
import {
  addUnits,
  capacitiesOf,
  capacityOf,
  type Database,
  ok,
  type Units,
} from './dynamodb-database.ts';
import { type Answer, Invalid } from './dynamodb-errors.ts';
import { attributeOf, bindingOf, picked } from './dynamodb-evaluate.ts';
import { parseProjection } from './dynamodb-expressions.ts';
import { queryPage, scanPage } from './dynamodb-page.ts';
import {
  type BatchGetInput,
  type GetInput,
  type PageInput,
  type ReadInput,
  requireKnown,
} from './dynamodb-parameters.ts';
import { itemId, keyOf, placeOf } from './dynamodb-table.ts';

/** AWS API reference, BatchGetItem. */
const keysMax = 100;
const batchBytesMax = 16 * 1_024 * 1_024;

export function getItem(database: Database, input: GetInput): Answer {
  const { TableName, Key, ConsistentRead = false } = input;
  const place = placeOf(keyOf(Key));
  const shown = projectionIn(input);
  const found = database.table(TableName).items(ConsistentRead).get(place);
  return ok({
    ...(found === undefined ? {} : { Item: shown(found.row) }),
    ...capacityOf(input, TableName, readUnits(found?.bytes ?? 0, ConsistentRead)),
  });
}

export function batchGetItem(database: Database, input: BatchGetInput): Answer {
  const asked = Object.entries(input.RequestItems).flatMap(([name, one]) => {
    requireKnown('keys of BatchGetItem', one);
    const items = database.table(name).items(one.ConsistentRead === true);
    const shown = projectionIn(one);
    return one.Keys.map((wire) => ({ name, items, one, shown, wire, key: keyOf(wire) }));
  });
  if (asked.length === 0) throw new Invalid('The list of keys is required to be not empty');
  if (asked.length > keysMax)
    throw new Invalid('Too many items requested for the BatchGetItem call');
  if (new Set(asked.map(({ name, key }) => `${name}\u0000${itemId(key)}`)).size < asked.length)
    throw new Invalid('Provided list of item keys contains duplicates');
  const { order, processed } = processedOf(database, asked);
  const found: Record<string, Row[]> = {};
  const left: Record<string, { Keys: object[] }> = {};
  const units: Units = new Map();
  let bytes = 0;
  for (const [at, { name, items, one, shown, wire, key }] of order.entries()) {
    if (at >= processed || bytes > batchBytesMax) {
      left[name] ??= { ...one, Keys: [] };
      left[name].Keys.push(wire);
      continue;
    }
    const entry = items.get(placeOf(key));
    bytes += entry?.bytes ?? 0;
    found[name] ??= [];
    if (entry !== undefined) found[name].push(shown(entry.row));
    addUnits(units, name, readUnits(entry?.bytes ?? 0, one.ConsistentRead === true));
  }
  return ok({ Responses: found, UnprocessedKeys: left, ...capacitiesOf(input, units) });
}

/** In which order, and how many: one at least, since AWS answers ProvisionedThroughputExceededException otherwise. */
function processedOf<T>(
  { world, faults, chance }: Database,
  asked: readonly T[],
): { order: readonly T[]; processed: number } {
  const leaves = asked.length > 1 && chance(faults.unprocessedKeys);
  const processed = leaves ? world.random.between(1, asked.length - 1) : asked.length;
  if (leaves) world.tell('dynamodb', `${asked.length - processed} keys are left unprocessed`);
  if (!leaves && !chance(faults.anyOrder)) return { order: asked, processed };
  const left = [...asked];
  const order = asked.flatMap(() => left.splice(world.random.between(0, left.length - 1), 1));
  return { order, processed };
}

export const query = (database: Database, input: PageInput): Answer =>
  pageAnswer(database, input, queryPage);
export const scan = (database: Database, input: PageInput): Answer =>
  pageAnswer(database, input, scanPage);

function pageAnswer(database: Database, input: PageInput, pageOf: typeof queryPage): Answer {
  const { page, bytes } = pageOf(database.table(input.TableName), input);
  const units = readUnits(bytes, input.ConsistentRead === true);
  return ok({ ...page, ...capacityOf(input, input.TableName, units) });
}

function projectionIn(input: ReadInput): (row: Row) => Row {
  const { ProjectionExpression: expression } = input;
  const parsed = expression === undefined ? null : parseProjection(expression);
  const binding = bindingOf(input, parsed === null ? [] : [parsed]);
  if (parsed === null) return (row) => row;
  const names = parsed.tree.map((name) => attributeOf(name, binding));
  return (row) => picked(names, row);
}

/** AWS DynamoDB guide, "Read and write operations": 4 KB, and half of it when it may be stale. */
const readUnits = (bytes: number, consistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / 4_096)) / (consistent ? 1 : 2);
