/**
 * A copy of a table's items, sorted as a query gives them: the items themselves, what eventually consistent reads see of
 * them, or one of its indexes.
 */
import type { AttributeValue, Row } from '../truth.ts';
import { compareText, compareValues } from './dynamodb-values.ts';

/** An item where it stands in a copy. `pk` and `sk` are its keys in the table. */
export type Entry = {
  partition: string;
  sort: AttributeValue;
  pk: string;
  sk: string;
  row: Row;
  bytes: number;
};
export type Place = Omit<Entry, 'row' | 'bytes'>;

/** In a partition. Entries of an index with the same sort key are in the order of the table's keys; AWS does not say. */
export function comparePlaces(a: Place, b: Place): number {
  const order = compareValues(a.sort, b.sort);
  if (order === null) throw new Error('sort keys of two types');
  return order || compareText(a.pk, b.pk) || compareText(a.sk, b.sk);
}

export class Copy {
  readonly #partitions = new Map<string, Entry[]>();

  get(place: Place): Entry | undefined {
    const entries = this.#partitions.get(place.partition);
    const found = entries?.[firstAt(entries, place)];
    return found !== undefined && comparePlaces(found, place) === 0 ? found : undefined;
  }

  put(entry: Entry): void {
    const entries = this.#partitions.get(entry.partition);
    if (entries === undefined) {
      this.#partitions.set(entry.partition, [entry]);
      return;
    }
    const at = firstAt(entries, entry);
    const found = entries[at];
    const replaces = found !== undefined && comparePlaces(found, entry) === 0;
    entries.splice(at, replaces ? 1 : 0, entry);
  }

  remove(place: Place): void {
    const entries = this.#partitions.get(place.partition);
    if (entries === undefined) return;
    const at = firstAt(entries, place);
    const found = entries[at];
    if (found === undefined || comparePlaces(found, place) !== 0) return;
    entries.splice(at, 1);
    if (entries.length === 0) this.#partitions.delete(place.partition);
  }

  /** In the order of the sort key. */
  partition(name: string): readonly Entry[] {
    return this.#partitions.get(name) ?? [];
  }

  /** All of them, in the order of a scan: partitions as their hashes fall, as AWS has them, but always the same. */
  all(): Entry[] {
    return [...this.#partitions.keys()]
      .sort(comparePartitions)
      .flatMap((name) => this.partition(name));
  }
}

/** The index of the first entry of which it holds, where it holds of all behind that one, too. */
export function firstWhere(entries: readonly Entry[], holds: (entry: Entry) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(entries[middle] as Entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The index of the first entry that is not before the place. */
const firstAt = (entries: readonly Entry[], place: Place): number =>
  firstWhere(entries, (entry) => comparePlaces(entry, place) >= 0);

/** In the order of a scan. */
export const comparePartitions = (a: string, b: string): number =>
  hashOf(a) - hashOf(b) || compareText(a, b);

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

type Change = { at: number; item: string; before: Entry | null; after: Entry | null };

/** A copy that changes reach after a while. Those of one item reach it in their order; others may overtake them. */
export class LateCopy {
  readonly #copy = new Copy();
  readonly #now: () => number;
  #coming: Change[] = [];
  /** When the first of them arrives. */
  #nextAt = Number.POSITIVE_INFINITY;
  /** When the last change of an item that has not arrived will. */
  readonly #lastAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  change(item: string, before: Entry | null, after: Entry | null, delayMs: number): void {
    this.#arrive();
    const now = this.#now();
    const at = Math.max(now + delayMs, this.#lastAt.get(item) ?? 0);
    if (at <= now) {
      this.#apply(before, after);
      return;
    }
    this.#coming.push({ at, item, before, after });
    this.#nextAt = Math.min(this.#nextAt, at);
    this.#lastAt.set(item, at);
  }

  /** As far as changes have arrived. */
  now(): Copy {
    this.#arrive();
    return this.#copy;
  }

  #arrive(): void {
    const now = this.#now();
    if (this.#nextAt > now) return;
    const later: Change[] = [];
    this.#nextAt = Number.POSITIVE_INFINITY;
    for (const change of this.#coming) {
      if (change.at > now) {
        later.push(change);
        this.#nextAt = Math.min(this.#nextAt, change.at);
      } else {
        this.#apply(change.before, change.after);
        if (this.#lastAt.get(change.item) === change.at) this.#lastAt.delete(change.item);
      }
    }
    this.#coming = later;
  }

  #apply(before: Entry | null, after: Entry | null): void {
    if (before !== null && (after === null || !isSamePlace(before, after)))
      this.#copy.remove(before);
    if (after !== null) this.#copy.put(after);
  }
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.partition === b.partition && comparePlaces(a, b) === 0;
