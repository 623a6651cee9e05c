/** DynamoDB with the limits of its partitions: what is too much for one is refused, and a transaction keeps others out while it lasts. */
import type { DynamoModel } from '../sim/models/dynamodb.ts';
import type { Intent } from '../sim/models/dynamodb-database.ts';
import { errorAnswer } from '../sim/models/dynamodb-errors.ts';
import type { StatementsInput } from '../sim/models/dynamodb-parameters.ts';
import { type Said, updateOf } from '../sim/models/dynamodb-statements.ts';
import { sizeOfRow } from '../sim/models/dynamodb-values.ts';
import { canceled } from '../sim/models/dynamodb-writes.ts';
import { textOf } from '../sim/moves.ts';
import { tables } from '../sim/tables.ts';
import type { AttributeValue, Row, Write } from '../sim/truth.ts';
import type { WireResponse } from '../sim/world.ts';
import { dynamodb as limits } from './aws.ts';
import { Peak, Purses } from './rates.ts';

type Place = { table: string; pk: string; sk: string };
type Asked = { TableName?: string; Key?: Row; Item?: Row };
/** So many units of one partition key of a table or of an index. */
type Share = { partition: string; units: number };

export type Units = {
  written: number;
  read: number;
  calls: number;
  conflicts: number;
};

/** `onWrites` is told what each request has written. */
export function limitedDatabase(
  model: DynamoModel,
  now: () => number,
  onWrites: (writes: readonly Write[]) => void,
) {
  const writing = new Purses(limits.partitionWriteUnits, limits.burstSeconds);
  const reading = new Purses(limits.partitionReadUnits, limits.burstSeconds);
  const held = new Map<string, number>();
  const units: Units = { written: 0, read: 0, calls: 0, conflicts: 0 };
  /** Of each wall, with what was refused at it. */
  const peaks = {
    partition: new Peak(),
    index: new Peak(),
    table: new Peak(),
    read: new Peak(),
  };

  /** An index that has no room holds back what is written to its table (DynamoDB guide, "Global secondary indexes": back-pressure). */
  model.setRoom((intents) => {
    const at = now();
    const full = intents.findIndex((one) =>
      inIndexes(one).some(({ partition }) => !writing.hasAny(partition, at)),
    );
    if (full < 0) return null;
    peaks.index.refuse();
    return full;
  });

  function take(kind: 'partition' | 'index', { partition, units: cost }: Share, at: number): void {
    writing.take(partition, cost, at);
    peaks[kind].count(partition, cost, at);
    units.written += cost;
  }

  /** Takes what the writes cost from their partitions. A transaction costs twice as much in its table, and not in indexes. */
  function pay(writes: readonly Write[], times: number): void {
    const at = now();
    for (const { table, before, after } of writes) {
      const cost = times * unitsOf(Math.max(sizeIn(before), sizeIn(after)));
      const partition = `${table} ${textOf(after ?? before, 'pk')}`;
      take('partition', { partition, units: cost }, at);
      peaks.table.count(table, cost, at);
      for (const share of inIndexes({ table, before, after })) take('index', share, at);
    }
  }

  /** A write that its condition refuses costs as one that is made; of a transaction, what its first round has cost. */
  function payForNothing(places: readonly Place[]): void {
    const at = now();
    for (const { table, pk } of places)
      take('partition', { partition: `${table} ${pk}`, units: 1 }, at);
  }

  /** Which of the places is full or taken, and what is said of it. */
  function codeOf(places: readonly Place[]): { hit: number; Code: string } | null {
    const at = now();
    const full = places.findIndex(({ table, pk }) => !writing.hasAny(`${table} ${pk}`, at));
    const busy = places.findIndex(
      ({ table, pk, sk }) => (held.get(`${table} ${pk} ${sk}`) ?? 0) > at,
    );
    if (full < 0 && busy < 0) return null;
    const isFull = full >= 0;
    if (isFull) peaks.partition.refuse();
    else units.conflicts += 1;
    const hit = isFull ? full : busy;
    return { hit, Code: isFull ? 'ThrottlingError' : 'TransactionConflict' };
  }

  function refusal(operation: string, places: readonly Place[]): WireResponse | null {
    const found = codeOf(places);
    if (found === null) return null;
    const { hit, Code } = found;
    const isFull = Code === 'ThrottlingError';
    const name = isFull ? 'ProvisionedThroughputExceededException' : 'TransactionConflictException';
    const { status, body } =
      operation === 'TransactWriteItems'
        ? canceled(places.map((_, index) => ({ Code: index === hit ? Code : 'None' })))
        : errorAnswer(name, noRoom);
    return { status, body: JSON.stringify(body) };
  }

  function write(operation: string, input: object): WireResponse {
    const places = placesIn(operation, input);
    const refused = refusal(operation, places);
    if (refused !== null) return refused;
    const isTransaction = operation === 'TransactWriteItems';
    const { status, body } = model.execute(operation, input);
    const writes = model.takeWrites();
    pay(writes, isTransaction ? 2 : 1);
    if (status !== 200) payForNothing(places);
    else if (isTransaction)
      for (const { table, pk, sk } of places)
        held.set(`${table} ${pk} ${sk}`, now() + limits.transactionHoldsMs);
    onWrites(writes);
    return { status, body: JSON.stringify(body) };
  }

  /** Each statement has its own place. Those that find it full or taken are told so; the others are made. */
  function writeEach(input: StatementsInput): WireResponse {
    const places = input.Statements.map((one) => placeOf(updateOf(one) as Asked));
    const codes = places.map((place) => codeOf([place])?.Code);
    const Statements = input.Statements.filter((_, index) => codes[index] === undefined);
    const made =
      Statements.length === 0
        ? null
        : model.execute('BatchExecuteStatement', { ...input, Statements });
    if (made !== null && made.status !== 200)
      return { status: made.status, body: JSON.stringify(made.body) };
    const writes = model.takeWrites();
    pay(writes, 1);
    const { Responses: answers = [], ...capacity } = (made?.body ?? {}) as { Responses?: Said[] };
    const rest = answers.values();
    const Responses = codes.map(
      (Code): Said =>
        Code === undefined ? (rest.next().value ?? {}) : { Error: { Code, Message: noRoom } },
    );
    payForNothing(
      places.filter((_, index) => Responses[index]?.Error?.Code === 'ConditionalCheckFailed'),
    );
    onWrites(writes);
    return { status: 200, body: JSON.stringify({ Responses, ...capacity }) };
  }

  function read(operation: string, input: object): WireResponse {
    const at = now();
    const partitions = readIn(operation, input);
    if (partitions.some((one) => !reading.hasAny(one, at))) {
      peaks.read.refuse();
      const { status, body } = errorAnswer('ProvisionedThroughputExceededException', noRoom);
      return { status, body: JSON.stringify(body) };
    }
    const { status, body } = model.execute(operation, {
      ...input,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const cost = consumedIn(body);
    units.read += cost;
    for (const partition of partitions) {
      reading.take(partition, cost / partitions.length, at);
      peaks.read.count(partition, cost / partitions.length, at);
    }
    return { status, body: JSON.stringify(body) };
  }

  return {
    units,
    peaks,
    execute: (operation: string, input: object): WireResponse => {
      units.calls += 1;
      if (operation === 'BatchExecuteStatement') return writeEach(input as StatementsInput);
      return /^(Put|Update|Delete|TransactWrite)/.test(operation)
        ? write(operation, input)
        : read(operation, input);
    },
    /** The locks of long ago. */
    tidy: (): void => {
      for (const [place, until] of held) if (until < now()) held.delete(place);
    },
  };
}

const noRoom = 'refused by the limits of a partition';
const unitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024));
const sizeIn = (row: Row | null): number => (row === null ? 0 : sizeOfRow(row));

const indexes = new Map(tables.map((table) => [table.name, table.indexes]));

/** What a write costs in the indexes of its table: an entry that moves is deleted and written. Their entries are below 1 KB. */
function inIndexes({ table, before, after }: Intent): Share[] {
  return (indexes.get(table) ?? []).flatMap(({ name, partition, sort, include }): Share[] => {
    const was = entryOf(before, partition, sort);
    const is = entryOf(after, partition, sort);
    if (was === null && is === null) return [];
    if (was === is && include === undefined) return [];
    const place = (row: Row | null) => `${table}.${name} ${textOf(row, partition)}`;
    const old = was === null || was === is ? [] : [{ partition: place(before), units: 1 }];
    return is === null ? old : [...old, { partition: place(after), units: 1 }];
  });
}

/** Where a row stands in an index, as one text; `null`: it does not. */
function entryOf(row: Row | null, partition: string, sort: string): string | null {
  const at = row?.[partition];
  const by = row?.[sort];
  return at === undefined || by === undefined ? null : JSON.stringify([at, by]);
}

function placesIn(operation: string, input: object): Place[] {
  if (operation === 'TransactWriteItems') {
    const { TransactItems = [] } = input as { TransactItems?: Record<string, Asked>[] };
    return TransactItems.flatMap((item) => Object.values(item).map(placeOf));
  }
  return [placeOf(input as Asked)];
}

function placeOf({ TableName = '', Key, Item }: Asked): Place {
  const row = Key ?? Item ?? null;
  return { table: TableName, pk: textOf(row, 'pk'), sk: textOf(row, 'sk') };
}

type Reading = Asked & {
  RequestItems?: Record<string, { Keys: Row[] }>;
  IndexName?: string;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
};

/** The partition of each item or list that is read. A scan goes through all, and takes from none more than its page. */
function readIn(operation: string, input: object): string[] {
  const { TableName = '', Key, RequestItems = {}, ...query } = input as Reading;
  switch (operation) {
    case 'GetItem':
      return [`${TableName} ${textOf(Key ?? null, 'pk')}`];
    case 'BatchGetItem':
      return Object.entries(RequestItems).flatMap(([table, { Keys }]) =>
        Keys.map((key) => `${table} ${textOf(key, 'pk')}`),
      );
    case 'Query':
      return [partitionOf(TableName, query)];
    case 'Scan':
      return [];
    default:
      throw new Error(`nobody knows what ${operation} reads`);
  }
}

function partitionOf(table: string, query: Omit<Reading, 'TableName' | 'Key'>): string {
  const { IndexName, KeyConditionExpression: condition = '' } = query;
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = query;
  const index = indexes.get(table)?.find(({ name }) => name === IndexName);
  const wanted = index?.partition ?? 'pk';
  for (const [, name = '', value = ''] of condition.matchAll(/([#\w]+)\s*=\s*(:\w+)/g)) {
    const found = values[value];
    if ((names[name] ?? name) !== wanted || found === undefined || !('S' in found)) continue;
    return `${table}${IndexName === undefined ? '' : `.${IndexName}`} ${found.S}`;
  }
  throw new Error(`nobody knows which partition is read by ${condition}`);
}

type Consumed = { CapacityUnits: number };
function consumedIn(body: object): number {
  const { ConsumedCapacity: consumed = [] } = body as { ConsumedCapacity?: Consumed | Consumed[] };
  return [consumed].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
}
