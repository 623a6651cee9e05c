/** What all operations work on: the tables, the dice and the record of what was written. */
import type { Row, Write } from '../truth.ts';
import type { World } from '../world.ts';
import type { Entry } from './dynamodb-copy.ts';
import { type Answer, NotModelled } from './dynamodb-errors.ts';
import type { WantsCapacity } from './dynamodb-parameters.ts';
import { Table, type TableDefinition } from './dynamodb-table.ts';

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

export type Change = { table: Table; before: Entry | null; after: Entry | null };
/** What a write would make of a row. */
export type Intent = { table: string; before: Row | null; after: Row | null };
/** Which of the writes there is no room for now; `null`: all may be made. */
export type Room = (intents: readonly Intent[]) => number | null;
export type Database = {
  world: World;
  faults: DynamoFaults;
  /** Has none to spare if whoever made the model says so: a partition of a table or an index has its limit. */
  lacksRoom(changes: readonly Change[]): number | null;
  setRoom(room: Room): void;
  /** In the order in which they were committed. */
  writes: readonly Write[];
  chance(probability: number): boolean;
  table(name: unknown): Table;
  /** Forgets what was written so far, and answers it: whoever asks keeps it, or nobody does. */
  takeWrites(): readonly Write[];
  /** Makes the changes durable, as one transaction. Answers the write units of each. */
  commit(changes: readonly Change[]): number[];
};

export function openDatabase(
  world: World,
  definitions: readonly TableDefinition[],
  given: Partial<DynamoFaults>,
): Database {
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
  let transaction = 0;
  let room: Room | null = null;
  return {
    world,
    faults,
    writes,
    chance,
    table: (name) => {
      const table = tables.get(String(name));
      if (table === undefined) throw new Error(`no table ${String(name)} in this world`);
      return table;
    },
    takeWrites: () => writes.splice(0),
    lacksRoom: (changes) =>
      room?.(
        changes.map(({ table, before, after }) => ({
          ...{ table: table.name, before: before?.row ?? null, after: after?.row ?? null },
        })),
      ) ?? null,
    setRoom: (given) => {
      room = given;
    },
    commit: (changes) => {
      transaction += 1;
      return changes.map(({ table, before, after }) => {
        const rows: { before: Row | null; after: Row | null } = {
          before: before?.row ?? null,
          after: after?.row ?? null,
        };
        // Deleting what is not there is no write.
        if (before !== null || after !== null)
          writes.push({ at: world.now(), transaction, table: table.name, ...rows });
        return table.write(before, after);
      });
    },
  };
}

export const ok = (body: object): Answer => ({ status: 200, body });

/** By table. */
export type Units = Map<string, number>;
export const addUnits = (units: Units, table: string, more: number): Units =>
  units.set(table, (units.get(table) ?? 0) + more);

/** Operations on one table answer one capacity, the others a list. */
export function capacityOf(input: WantsCapacity, table: string, units: number): object {
  return wantsCapacity(input)
    ? { ConsumedCapacity: { TableName: table, CapacityUnits: units } }
    : {};
}

export function capacitiesOf(input: WantsCapacity, units: Units): object {
  if (!wantsCapacity(input)) return {};
  const list = [...units].map(([TableName, CapacityUnits]) => ({ TableName, CapacityUnits }));
  return { ConsumedCapacity: list };
}

function wantsCapacity({ ReturnConsumedCapacity: wanted }: WantsCapacity): boolean {
  if (wanted !== undefined && wanted !== 'TOTAL' && wanted !== 'NONE')
    throw new NotModelled(`ReturnConsumedCapacity ${wanted}`);
  return wanted === 'TOTAL';
}
