/** DynamoDB with the limits of its partitions: what is too much for one is refused, and a transaction keeps others out while it lasts. */
import type { DynamoModel } from '../sim/models/dynamodb.ts';
import { errorAnswer } from '../sim/models/dynamodb-errors.ts';
import { sizeOfRow } from '../sim/models/dynamodb-values.ts';
import { canceled } from '../sim/models/dynamodb-writes.ts';
import { textOf } from '../sim/moves.ts';
import { tables } from '../sim/tables.ts';
import type { Row, Write } from '../sim/truth.ts';
import type { WireResponse } from '../sim/world.ts';
import { dynamodb as limits } from './aws.ts';
import { Peak, Purses } from './rates.ts';

type Place = { table: string; pk: string; sk: string };
type Asked = { TableName?: string; Key?: Row; Item?: Row };

export type Units = {
  written: number;
  read: number;
  calls: number;
  refused: number;
  conflicts: number;
};

/** `onWrites` is told what each request has written. */
export function limitedDatabase(
  model: DynamoModel,
  now: () => number,
  onWrites: (writes: readonly Write[]) => void,
) {
  const writing = new Purses(limits.partitionWriteUnits, limits.burstSeconds);
  const held = new Map<string, number>();
  const units: Units = { written: 0, read: 0, calls: 0, refused: 0, conflicts: 0 };
  const peaks = {
    partition: new Peak(),
    index: new Peak(),
    table: new Peak(),
  };
  const indexes = new Map(tables.map((table) => [table.name, table.indexes]));

  /** Takes what the writes cost from their partitions. What those of indexes cost is counted, and refused by nobody. */
  function pay(writes: readonly Write[], times: number): void {
    const at = now();
    for (const { table, before, after } of writes) {
      const cost = times * unitsOf(Math.max(sizeIn(before), sizeIn(after)));
      const pk = textOf(after ?? before, 'pk');
      writing.take(`${table} ${pk}`, cost, at);
      peaks.partition.count(`${table} ${pk}`, cost, at);
      peaks.table.count(table, cost, at);
      units.written += cost;
      for (const { name, partition, sort, include } of indexes.get(table) ?? []) {
        const was = entryOf(before, partition, sort);
        const is = entryOf(after, partition, sort);
        if (was === null && is === null) continue;
        if (was === is && include === undefined) continue;
        const more = was !== null && is !== null ? 2 : 1;
        const where = textOf(is === null ? before : after, partition);
        peaks.index.count(`${table}.${name} ${where}`, more, at);
        units.written += more;
      }
    }
  }

  function refusal(operation: string, places: readonly Place[]): WireResponse | null {
    const at = now();
    const full = places.findIndex(({ table, pk }) => !writing.hasAny(`${table} ${pk}`, at));
    const busy = places.findIndex(
      ({ table, pk, sk }) => (held.get(`${table} ${pk} ${sk}`) ?? 0) > at,
    );
    if (full < 0 && busy < 0) return null;
    const isFull = full >= 0;
    units[isFull ? 'refused' : 'conflicts'] += 1;
    const hit = isFull ? full : busy;
    const Code = isFull ? 'ThrottlingError' : 'TransactionConflict';
    const name = isFull ? 'ProvisionedThroughputExceededException' : 'TransactionConflictException';
    const { status, body } =
      operation === 'TransactWriteItems'
        ? canceled(places.map((_, index) => ({ Code: index === hit ? Code : 'None' })))
        : errorAnswer(name, 'refused by the limits of a partition');
    return { status, body: JSON.stringify(body) };
  }

  return {
    units,
    peaks,
    execute: (operation: string, input: object): WireResponse => {
      units.calls += 1;
      const places = placesIn(operation, input);
      const isWrite = /^(Put|Update|Delete|TransactWrite)/.test(operation);
      if (isWrite) {
        const refused = refusal(operation, places);
        if (refused !== null) return refused;
      }
      const { status, body } = model.execute(operation, input);
      if (isWrite) {
        const writes = model.takeWrites();
        pay(writes, operation === 'TransactWriteItems' ? 2 : 1);
        if (operation === 'TransactWriteItems' && status === 200)
          for (const { table, pk, sk } of places)
            held.set(`${table} ${pk} ${sk}`, now() + limits.transactionHoldsMs);
        onWrites(writes);
      }
      const text = JSON.stringify(body);
      if (!isWrite) units.read += Math.max(1, Math.ceil(text.length / 4_096));
      return { status, body: text };
    },
    /** The locks of long ago. */
    tidy: (): void => {
      for (const [place, until] of held) if (until < now()) held.delete(place);
    },
  };
}

const unitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024));
const sizeIn = (row: Row | null): number => (row === null ? 0 : sizeOfRow(row));

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
  return 'TableName' in input && ('Key' in input || 'Item' in input)
    ? [placeOf(input as Asked)]
    : [];
}

function placeOf({ TableName = '', Key, Item }: Asked): Place {
  const row = Key ?? Item ?? null;
  return { table: TableName, pk: textOf(row, 'pk'), sk: textOf(row, 'sk') };
}
