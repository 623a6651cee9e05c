/**
 * DynamoDB as the product uses it, at the level of its JSON: an operation and its input, as they stand in a request, and
 * the answer's status and body. Every operation happens at once and whole. What is lost, late or doubled on the way is not
 * this model's; what AWS itself does to a request that arrived is, by chance (`faults`).
 */
import type { Row, Write } from '../truth.ts';
import type { World } from '../world.ts';
import {
  type Action,
  type ActionInput,
  type ActionKind,
  actionOf,
  attributesIn,
  decide,
  returnsOf,
} from './dynamodb-action.ts';
import type { Entry } from './dynamodb-copy.ts';
import { type Answer, errorAnswer, Invalid, NotModelled } from './dynamodb-errors.ts';
import { attributeOf, bindingOf, picked } from './dynamodb-evaluate.ts';
import { parseProjection } from './dynamodb-expressions.ts';
import { type QueryInput, queryPage, scanPage } from './dynamodb-page.ts';
import type { Stream } from './dynamodb-stream.ts';
import { itemId, keyOf, placeOf, Table, type TableDefinition } from './dynamodb-table.ts';

/** Probabilities from 0 to 1, each on its own, but for `lagMaxMs`. */
export type DynamoFaults = {
  /** A change reaches an index up to `lagMaxMs` later. */
  indexLag: number;
  /** A change is seen by eventually consistent reads up to `lagMaxMs` later. */
  staleRead: number;
  /** A change is readable in the stream up to `lagMaxMs` later, behind changes of other items. */
  streamLag: number;
  lagMaxMs: number;
  /** A write meets another transaction that holds its item. */
  conflict: number;
  throttle: number;
  /** A BatchGetItem leaves some of its keys for another time. */
  unprocessedKeys: number;
  /** A BatchGetItem answers in another order than it was asked. */
  anyOrder: number;
  /** 500, and nothing was done. */
  internalError: number;
};
export const noFaults: Readonly<DynamoFaults> = {
  indexLag: 0,
  staleRead: 0,
  streamLag: 0,
  lagMaxMs: 0,
  conflict: 0,
  throttle: 0,
  unprocessedKeys: 0,
  anyOrder: 0,
  internalError: 0,
};

export type DynamoModel = {
  /** Throws NotModelled when the product asks for something that this model does not know. */
  execute(operation: string, input: unknown): Answer;
  stream(table: string): Stream;
  rows(table: string): Row[];
  /** Every committed write, in order. */
  writes: readonly Write[];
  /** May be changed at any time. */
  faults: DynamoFaults;
};

type Placeholders = Pick<ActionInput, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>;
type WantsCapacity = { ReturnConsumedCapacity?: string };
type SingleWrite = ActionInput & WantsCapacity & { ReturnValues?: string };
type Read = Placeholders & { ConsistentRead?: boolean; ProjectionExpression?: string };
type GetInput = Read & WantsCapacity & { TableName: string; Key: object };
type BatchGetInput = WantsCapacity & { RequestItems: Record<string, Read & { Keys: object[] }> };
type TransactInput = WantsCapacity & {
  TransactItems: Partial<Record<ActionKind, ActionInput>>[];
  ClientRequestToken?: string;
};
type Reason = { Code: string; Message?: string; Item?: Row };

/** AWS API reference, TransactWriteItems and BatchGetItem. */
const actionsMax = 100;
const transactionBytesMax = 4 * 1_024 * 1_024;
const tokenKeptMs = 10 * 60_000;
const keysMax = 100;
const batchBytesMax = 16 * 1_024 * 1_024;

const placeholders = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const condition = ['ConditionExpression', 'ReturnValuesOnConditionCheckFailure', ...placeholders];
const action: Record<ActionKind, readonly string[]> = {
  Put: ['TableName', 'Item', ...condition],
  Update: ['TableName', 'Key', 'UpdateExpression', ...condition],
  Delete: ['TableName', 'Key', ...condition],
  ConditionCheck: ['TableName', 'Key', ...condition],
};
const kinds = Object.keys(action) as ActionKind[];
const read = ['ConsistentRead', 'ProjectionExpression', 'ExpressionAttributeNames'];
const answered = ['ReturnValues', 'ReturnConsumedCapacity'];
const page = ['TableName', 'FilterExpression', ...placeholders, 'ConsistentRead', 'Limit'];
const paged = [...page, 'ExclusiveStartKey', 'ReturnConsumedCapacity'];
const known: Readonly<Record<string, ReadonlySet<string>>> = {
  GetItem: new Set(['TableName', 'Key', ...read, 'ReturnConsumedCapacity']),
  BatchGetItem: new Set(['RequestItems', 'ReturnConsumedCapacity']),
  'keys of BatchGetItem': new Set(['Keys', ...read]),
  PutItem: new Set([...action.Put, ...answered]),
  UpdateItem: new Set([...action.Update, ...answered]),
  DeleteItem: new Set([...action.Delete, ...answered]),
  Query: new Set([...paged, 'IndexName', 'KeyConditionExpression', 'ScanIndexForward']),
  Scan: new Set(paged),
  TransactWriteItems: new Set(['TransactItems', 'ClientRequestToken', 'ReturnConsumedCapacity']),
  Put: new Set(action.Put),
  Update: new Set(action.Update),
  Delete: new Set(action.Delete),
  ConditionCheck: new Set(action.ConditionCheck),
};

function requireKnown(what: string, input: object): void {
  const parameters = known[what];
  if (parameters === undefined) throw new NotModelled(`the operation ${what}`);
  for (const name of Object.keys(input))
    if (!parameters.has(name)) throw new NotModelled(`${name} of ${what}`);
}

export function dynamodbModel(
  world: World,
  definitions: readonly TableDefinition[],
  given: Partial<DynamoFaults> = {},
): DynamoModel {
  const { random } = world;
  const faults: DynamoFaults = { ...noFaults, ...given };
  // The dice are not touched for what cannot happen: a fault that is off changes nothing else in a run.
  const chance = (probability: number): boolean => probability > 0 && random.chance(probability);
  const lag = (probability: number): number =>
    chance(probability) ? random.between(1, Math.max(1, faults.lagMaxMs)) : 0;
  const delays = {
    index: () => lag(faults.indexLag),
    staleRead: () => lag(faults.staleRead),
    stream: () => lag(faults.streamLag),
  };
  const tables = new Map(
    definitions.map((definition) => [definition.name, new Table(world, definition, delays)]),
  );
  const writes: Write[] = [];
  let transactions = 0;
  /** The requests of transactions that were made, by their token. */
  const made = new Map<string, { request: string; until: number }>();

  function tableOf(name: unknown): Table {
    const table = tables.get(String(name));
    if (table === undefined) throw new Error(`no table ${String(name)} in this world`);
    return table;
  }

  function commit(
    changes: readonly { table: Table; before: Entry | null; after: Entry | null }[],
  ): number[] {
    transactions += 1;
    return changes.map(({ table, before, after }) => {
      if (before === null && after === null) return table.write(before, after);
      const rows = { before: before?.row ?? null, after: after?.row ?? null };
      writes.push({ at: world.now(), transaction: transactions, table: table.name, ...rows });
      return table.write(before, after);
    });
  }

  function getItem(input: GetInput): Answer {
    const { TableName, Key, ConsistentRead = false } = input;
    const key = keyOf(Key);
    const shown = projectionIn(input);
    const found = tableOf(TableName).items(ConsistentRead).get(placeOf(key));
    const units = readUnits(found?.bytes ?? 0, ConsistentRead);
    return ok({
      ...(found === undefined ? {} : { Item: shown(found.row) }),
      ...capacityOf(input, TableName, units),
    });
  }

  function batchGetItem(input: BatchGetInput): Answer {
    const asked = Object.entries(input.RequestItems).flatMap(([name, one]) => {
      requireKnown('keys of BatchGetItem', one);
      const table = tableOf(name);
      const shown = projectionIn(one);
      return one.Keys.map((wire) => ({ name, table, one, shown, wire, key: keyOf(wire) }));
    });
    if (asked.length === 0) throw new Invalid('The list of keys is required to be not empty');
    if (asked.length > keysMax)
      throw new Invalid('Too many items requested for the BatchGetItem call');
    if (new Set(asked.map(({ name, key }) => `${name}\u0000${itemId(key)}`)).size < asked.length)
      throw new Invalid('Provided list of item keys contains duplicates');
    // One at least is processed: AWS answers ProvisionedThroughputExceededException otherwise.
    const leaves = asked.length > 1 && chance(faults.unprocessedKeys);
    const processed = leaves ? random.between(1, asked.length - 1) : asked.length;
    const order = leaves || chance(faults.anyOrder) ? shuffled(asked) : asked;
    const found: Record<string, Row[]> = {};
    const left: Record<string, { Keys: object[] }> = {};
    const units: Record<string, number> = {};
    let bytes = 0;
    for (const [at, { name, table, one, shown, wire, key }] of order.entries()) {
      if (at >= processed || bytes > batchBytesMax) {
        const { Keys: _, ...rest } = one;
        left[name] ??= { ...rest, Keys: [] };
        left[name].Keys.push(wire);
        continue;
      }
      const entry = table.items(one.ConsistentRead === true).get(placeOf(key));
      bytes += entry?.bytes ?? 0;
      found[name] ??= [];
      if (entry !== undefined) found[name].push(shown(entry.row));
      units[name] = (units[name] ?? 0) + readUnits(entry?.bytes ?? 0, one.ConsistentRead === true);
    }
    return ok({
      Responses: found,
      UnprocessedKeys: left,
      ...capacitiesOf(input, units),
    });
  }

  function write(kind: ActionKind, input: SingleWrite): Answer {
    const one = actionOf(kind, tableOf(input.TableName), input);
    const returns = returnsOf(kind, input.ReturnValues);
    if (chance(faults.conflict))
      return errorAnswer('TransactionConflictException', 'Transaction is ongoing for the item');
    const decision = decide(one);
    if (!decision.ok) {
      const shown = one.showsItem && decision.before !== null ? { Item: decision.before.row } : {};
      return errorAnswer('ConditionalCheckFailedException', failedCondition, shown);
    }
    const { before, after } = decision;
    const Attributes = attributesIn(returns, one, before, after);
    const [units = 0] = commit([{ table: one.table, before, after }]);
    return ok({
      ...(Attributes === undefined ? {} : { Attributes }),
      ...capacityOf(input, one.table.name, units),
    });
  }

  function transactWriteItems(input: TransactInput): Answer {
    const { TransactItems: items, ClientRequestToken: token } = input;
    if (items.length === 0 || items.length > actionsMax)
      throw new Invalid(`A transaction has from 1 to ${actionsMax} actions`);
    const actions = items.map((item) => {
      const [kind, another] = kinds.filter((one) => item[one] !== undefined);
      if (kind === undefined || another !== undefined || Object.keys(item).length !== 1)
        throw new Invalid('TransactItems can only contain one of Check, Put, Update or Delete');
      const one = item[kind] as ActionInput;
      requireKnown(kind, one);
      return actionOf(kind, tableOf(one.TableName), one);
    });
    const request = JSON.stringify(items);
    const earlier = token === undefined ? undefined : madeBefore(token);
    if (earlier !== undefined)
      return earlier === request
        ? ok({})
        : errorAnswer(
            'IdempotentParameterMismatchException',
            'The token was used for another request',
          );
    if (new Set(actions.map(({ id }) => id)).size < actions.length)
      throw new Invalid('Transaction request cannot include multiple operations on one item');
    const conflict = chance(faults.conflict) ? random.between(0, actions.length - 1) : null;
    const decisions = actions.map((one, at) =>
      at === conflict ? { reason: conflictReason } : decided(one),
    );
    const reasons = decisions.map(
      (one): Reason => ('reason' in one ? one.reason : { Code: 'None' }),
    );
    if (reasons.some(({ Code }) => Code !== 'None')) return canceled(reasons);
    const changes = decisions.flatMap((one) => ('reason' in one ? [] : [one]));
    const total = changes.reduce((sum, { after }) => sum + (after?.bytes ?? 0), 0);
    if (total > transactionBytesMax)
      throw new Invalid('Transaction request cannot exceed 4 MB in aggregate');
    const used = commit(changes.filter(({ checks }) => !checks));
    if (token !== undefined) made.set(token, { request, until: world.now() + tokenKeptMs });
    const units: Record<string, number> = {};
    for (const { table } of changes) units[table.name] ??= 0;
    changes
      .filter(({ checks }) => !checks)
      .forEach(({ table }, at) => {
        units[table.name] = (units[table.name] ?? 0) + 2 * (used[at] ?? 0);
      });
    for (const { table, checks, before } of changes)
      if (checks)
        units[table.name] =
          (units[table.name] ?? 0) + 2 * Math.max(1, Math.ceil((before?.bytes ?? 0) / 1_024));
    return ok(capacitiesOf(input, units));
  }

  /** The request that this token stands for. Those whose time is over are forgotten. */
  function madeBefore(token: string): string | undefined {
    for (const [one, { until }] of made) {
      // In the order in which they were made.
      if (until > world.now()) break;
      made.delete(one);
    }
    return made.get(token)?.request;
  }

  function decided(one: Action) {
    try {
      const decision = decide(one);
      if (decision.ok)
        return {
          table: one.table,
          before: decision.before,
          after: decision.after,
          checks: one.kind === 'ConditionCheck',
        };
      const shown = one.showsItem && decision.before !== null ? { Item: decision.before.row } : {};
      const reason: Reason = { Code: 'ConditionalCheckFailed', Message: failedCondition, ...shown };
      return { reason };
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return { reason: { Code: 'ValidationError', Message: error.message } };
    }
  }

  function throttled(operation: string, input: object): Answer {
    if (operation === 'TransactWriteItems') {
      const { TransactItems: items } = input as TransactInput;
      const hit = random.between(0, items.length - 1);
      const Code = random.pick(['ThrottlingError', 'ProvisionedThroughputExceeded']);
      return canceled(
        items.map((_, at) => (at === hit ? { Code, Message: tooMuch } : { Code: 'None' })),
      );
    }
    const name = random.pick(['ProvisionedThroughputExceededException', 'ThrottlingException']);
    return errorAnswer(name, tooMuch);
  }

  function shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    return list.map(() => left.splice(random.between(0, left.length - 1), 1)[0] as T);
  }

  function query(
    input: QueryInput & WantsCapacity & { TableName: string },
    pageOf: typeof queryPage,
  ): Answer {
    const { page: found, bytes } = pageOf(tableOf(input.TableName), input);
    const units = readUnits(bytes, input.ConsistentRead === true);
    return ok({ ...found, ...capacityOf(input, input.TableName, units) });
  }

  function perform(operation: string, input: object): Answer {
    switch (operation) {
      case 'GetItem':
        return getItem(input as GetInput);
      case 'BatchGetItem':
        return batchGetItem(input as BatchGetInput);
      case 'PutItem':
        return write('Put', input as SingleWrite);
      case 'UpdateItem':
        return write('Update', input as SingleWrite);
      case 'DeleteItem':
        return write('Delete', input as SingleWrite);
      case 'Query':
        return query(input as QueryInput & { TableName: string }, queryPage);
      case 'Scan':
        return query(input as QueryInput & { TableName: string }, scanPage);
      case 'TransactWriteItems':
        return transactWriteItems(input as TransactInput);
      default:
        throw new NotModelled(`the operation ${operation}`);
    }
  }

  return {
    execute: (operation, input) => {
      requireKnown(operation, input as object);
      if (chance(faults.internalError)) {
        world.tell('dynamodb', `${operation} fails, and nothing was done`);
        return errorAnswer('InternalServerError', 'Internal server error');
      }
      if (chance(faults.throttle)) {
        world.tell('dynamodb', `${operation} is throttled`);
        return throttled(operation, input as object);
      }
      try {
        return perform(operation, input as object);
      } catch (error) {
        if (error instanceof Invalid) return errorAnswer('ValidationException', error.message);
        throw error;
      }
    },
    stream: (table) => tableOf(table).stream,
    rows: (table) =>
      tableOf(table)
        .items(true)
        .all()
        .map(({ row }) => row),
    writes,
    faults,
  };
}

const ok = (body: object): Answer => ({ status: 200, body });
const failedCondition = 'The conditional request failed';
const tooMuch = 'Throughput exceeds the current capacity of your table or index';
const conflictReason: Reason = {
  Code: 'TransactionConflict',
  Message: 'Transaction is ongoing for the item',
};

/** Reasons stand in the order of the actions (AWS API reference, TransactWriteItems, CancellationReasons). */
const canceled = (reasons: readonly Reason[]): Answer =>
  errorAnswer(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
    { CancellationReasons: reasons },
  );

function projectionIn(input: Read): (row: Row) => Row {
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

const capacityOf = (input: WantsCapacity, TableName: string, CapacityUnits: number): object =>
  wantsCapacity(input) ? { ConsumedCapacity: { TableName, CapacityUnits } } : {};

const capacitiesOf = (input: WantsCapacity, units: Record<string, number>): object =>
  wantsCapacity(input)
    ? {
        ConsumedCapacity: Object.entries(units).map(([TableName, CapacityUnits]) => ({
          TableName,
          CapacityUnits,
        })),
      }
    : {};

function wantsCapacity({ ReturnConsumedCapacity: wanted }: WantsCapacity): boolean {
  if (wanted !== undefined && wanted !== 'TOTAL' && wanted !== 'NONE')
    throw new NotModelled(`ReturnConsumedCapacity ${wanted}`);
  return wanted === 'TOTAL';
}
