/** A table with its indexes and its stream: what is durable, and what of it can be seen where. */
import type { AttributeValue, Row } from '../truth.ts';
import type { World } from '../world.ts';
import { Copy, type Entry, isSamePlace, LateCopy, type Place } from './dynamodb-copy.ts';
import { Invalid } from './dynamodb-errors.ts';
import { picked } from './dynamodb-evaluate.ts';
import { Stream } from './dynamodb-stream.ts';
import { equalRows, rowOf, sizeOfRow, utf8 } from './dynamodb-values.ts';

/** An index has the keys of its items, its own and the table's, and what it includes besides. Sparse, as all are. */
export type IndexDefinition = {
  name: string;
  partition: string;
  sort: string;
  sortType: 'S' | 'N';
  include?: readonly string[];
};
/** Its keys are the texts `pk` and `sk`. */
export type TableDefinition = { name: string; indexes: readonly IndexDefinition[] };

/** How long a change takes to be seen there. */
export type Delays = { index(): number; staleRead(): number; stream(): number };

/** AWS DynamoDB guide, "Service quotas". */
const itemBytesMax = 400 * 1_024;
const partitionBytesMax = 2_048;
const sortBytesMax = 1_024;

export type Key = { pk: string; sk: string };
export const itemId = ({ pk, sk }: Key): string => `${pk}\u0000${sk}`;

export class Table {
  readonly name: string;
  readonly stream: Stream;
  readonly #delays: Delays;
  readonly #items = new Copy();
  readonly #stale: LateCopy;
  readonly #indexes: readonly { definition: IndexDefinition; copy: LateCopy }[];

  constructor(world: World, { name, indexes }: TableDefinition, delays: Delays) {
    this.name = name;
    this.#delays = delays;
    this.stream = new Stream(world, name);
    this.#stale = new LateCopy(() => world.now());
    this.#indexes = indexes.map((definition) => ({
      definition,
      copy: new LateCopy(() => world.now()),
    }));
  }

  index(name: string): { definition: IndexDefinition; copy: Copy } {
    const found = this.#indexes.find(({ definition }) => definition.name === name);
    if (found === undefined)
      throw new Invalid(`The table does not have the specified index: ${name}`);
    return { definition: found.definition, copy: found.copy.now() };
  }

  items(consistent: boolean): Copy {
    return consistent ? this.#items : this.#stale.now();
  }

  get(key: Key): Entry | null {
    return this.#items.get(placeOf(key)) ?? null;
  }

  /** The item as it would stand in this table. Throws Invalid where AWS does not take it. */
  entryOf(row: Row): Entry {
    const key = keyIn(row);
    for (const { definition } of this.#indexes) {
      requireIndexKey(row, definition.partition, 'S', partitionBytesMax);
      requireIndexKey(row, definition.sort, definition.sortType, sortBytesMax);
    }
    const bytes = sizeOfRow(row);
    if (bytes > itemBytesMax) throw new Invalid('Item size has exceeded the maximum allowed size');
    return { ...placeOf(key), row, bytes };
  }

  /** Makes a change durable. Answers the write units that it used (AWS guide, "Read and write operations"; approximate). */
  write(before: Entry | null, after: Entry | null): number {
    const item = after ?? before;
    if (item === null) return 1;
    if (after === null) this.#items.remove(item);
    else this.#items.put(after);
    let units = writeUnits(Math.max(before?.bytes ?? 0, after?.bytes ?? 0));
    if (before !== null && after !== null && equalRows(before.row, after.row)) return units;
    const id = itemId(item);
    this.#stale.change(id, before, after, this.#delays.staleRead());
    for (const { definition, copy } of this.#indexes) {
      const [was, is] = [indexed(definition, before), indexed(definition, after)];
      if (was === null && is === null) continue;
      const inPlace = was !== null && is !== null && isSamePlace(was, is);
      if (inPlace && equalRows(was.row, is.row)) continue;
      copy.change(id, was, is, this.#delays.index());
      units += writeUnits(is?.bytes ?? 0);
      if (was !== null && is !== null && !inPlace) units += writeUnits(was.bytes);
    }
    const keys = picked(['pk', 'sk'], item.row);
    const bytes = (before?.bytes ?? 0) + (after?.bytes ?? 0);
    const change = { keys, before: before?.row ?? null, after: after?.row ?? null, bytes };
    this.stream.change(id, change, this.#delays.stream());
    return units;
  }
}

const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024));

export const placeOf = ({ pk, sk }: Key): Place => ({ partition: pk, sort: { S: sk }, pk, sk });

/** Of an item that is to be written. */
export function keyIn({ pk, sk }: Row): Key {
  return {
    pk: keyText('pk', pk, partitionBytesMax),
    sk: keyText('sk', sk, sortBytesMax),
  };
}

/** Of a request: both keys and nothing else. */
export function keyOf(wire: unknown): Key {
  const row = rowOf(wire);
  if (Object.keys(row).length !== 2)
    throw new Invalid('The provided key element does not match the schema');
  return keyIn(row);
}

function keyText(name: string, value: AttributeValue | undefined, bytesMax: number): string {
  if (value === undefined)
    throw new Invalid(`One of the required keys was not given a value: ${name}`);
  if (!('S' in value)) throw new Invalid(`Type mismatch for key ${name}: expected S`);
  if (value.S === '')
    throw new Invalid(`The AttributeValue for a key attribute cannot be empty: ${name}`);
  if (utf8(value.S) > bytesMax)
    throw new Invalid(`Size of ${name} has exceeded the maximum size limit of ${bytesMax} bytes`);
  return value.S;
}

function requireIndexKey(row: Row, name: string, type: 'S' | 'N', bytesMax: number): void {
  const value = row[name];
  if (value === undefined) return;
  if (type === 'S') keyText(name, value, bytesMax);
  else if (!('N' in value)) throw new Invalid(`Type mismatch for index key ${name}: expected N`);
}

/** Where an item stands in an index; `null` when it lacks one of its keys. */
function indexed(definition: IndexDefinition, entry: Entry | null): Entry | null {
  if (entry === null) return null;
  const partition = entry.row[definition.partition];
  const sort = entry.row[definition.sort];
  if (partition === undefined || sort === undefined || !('S' in partition)) return null;
  const { pk, sk } = entry;
  const row = picked([...keysOf(definition), ...(definition.include ?? [])], entry.row);
  return { partition: partition.S, sort, pk, sk, row, bytes: sizeOfRow(row) };
}

export const keysOf = ({ partition, sort }: IndexDefinition): string[] => [
  'pk',
  'sk',
  partition,
  sort,
];
