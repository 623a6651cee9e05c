/**
 * Small rows that a function asks for at nearly every visit, such as the switches: each would be a call of its own, for a row
 * that is nearly always as it was. Once it was asked for, such a row travels with the next batch that the function reads anyway, of
 * whatever table, and serves those who ask for it as long as they may rely on what was read before.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../../core/kernel/time.ts';
import type { Clock } from '../../core/kernel/world.ts';
import type { Row } from './keys.ts';

export type Key = { pk: string; sk: string };
/** `at`: the moment before it was read. `row` is undefined where there is none. */
type Known = { at: Instant; row: Row | undefined };
type Seat = {
  table: string;
  key: Key;
  goodMs: number;
  wantedAt: Instant;
  known: Known | null;
  /** Nothing that was read before then is to be relied on. */
  notBefore: Instant;
};
/** What nobody has asked for in so long travels no more. */
const wantedMs = 60_000;

const ridingOf = new WeakMap<DynamoDBDocumentClient, Riding>();
const nameOf = (table: string, { pk, sk }: Key): string => `${table} ${pk} ${sk}`;
const keyIn = (row: Row): Key => ({ pk: String(row['pk']), sk: String(row['sk']) });

type Read = (keys: readonly Key[]) => Promise<readonly Row[]>;

export type Riding = {
  /** The rows of these keys, in their order, as they were no longer than `goodMs` ago. `read` reads what did not travel in time. */
  rows(
    table: string,
    keys: readonly Key[],
    goodMs: number,
    read: Read,
  ): Promise<(Row | undefined)[]>;
  /** The same of one. */
  row(
    table: string,
    key: Key,
    goodMs: number,
    read: () => Promise<Row | undefined>,
  ): Promise<Row | undefined>;
  /** They are read anew before anybody relies on them. */
  forget(table: string, keys: readonly Key[]): void;
  /**
   * What travels with a batch that has room for so many keys more, by table. It is read before it is too old, so that nobody waits for it.
   */
  along(room: number): readonly Along[];
};
/** `take` is told what was found. `done` are those that DynamoDB has looked for, whether it found them or not. */
type Along = {
  table: string;
  keys: readonly Key[];
  take(done: readonly Key[], rows: readonly Row[]): void;
};

/** From now on the batches that are read with this client take along what is asked for here. */
export function rideWith(client: DynamoDBDocumentClient, riding: Riding): Riding {
  ridingOf.set(client, riding);
  return riding;
}

export const along = (client: DynamoDBDocumentClient, room: number): readonly Along[] =>
  ridingOf.get(client)?.along(room) ?? [];

export function makeRiding(clock: Pick<Clock, 'now'>): Riding {
  const byName = new Map<string, Seat>();
  const rows: Riding['rows'] = async (table, keys, goodMs, read) => {
    const at = clock.now();
    const asked = keys.map((key): Seat => {
      const name = nameOf(table, key);
      const before = byName.get(name) ?? { table, key, known: null, notBefore: at };
      const seat = Object.assign(before, { goodMs, wantedAt: at });
      byName.set(name, seat);
      return seat;
    });
    const fresh = asked.map(({ known }) =>
      known !== null && at - known.at < goodMs ? known : null,
    );
    const missing = asked.filter((_, index) => fresh[index] === null);
    const found = missing.length === 0 ? [] : await read(missing.map(({ key }) => key));
    keep(missing, at, found);
    const byKey = new Map(found.map((row) => [nameOf(table, keyIn(row)), row]));
    return keys.map((key, index) =>
      fresh[index] === null ? byKey.get(nameOf(table, key)) : fresh[index]?.row,
    );
  };
  return {
    rows,
    row: async (table, key, goodMs, read) => {
      const [row] = await rows(table, [key], goodMs, async () => {
        const found = await read();
        return found === undefined ? [] : [found];
      });
      return row;
    },
    forget: (table, keys) => {
      const notBefore = clock.now();
      for (const key of keys) {
        const seat = byName.get(nameOf(table, key));
        if (seat !== undefined) Object.assign(seat, { known: null, notBefore });
      }
    },
    along: (room) => {
      const at = clock.now();
      for (const [name, { wantedAt }] of byName) if (at - wantedAt > wantedMs) byName.delete(name);
      const due = [...byName.values()].filter(
        ({ known, goodMs }) => known === null || at - known.at >= goodMs / 2,
      );
      if (due.length > room) return [];
      return [...Map.groupBy(due, ({ table }) => table)].map(([table, some]) => ({
        table,
        keys: some.map(({ key }) => key),
        take: (done, rows) => {
          const names = new Set(done.map((key) => nameOf(table, key)));
          const asked = some.filter(({ key }) => names.has(nameOf(table, key)));
          keep(asked, at, rows);
        },
      }));
    },
  };
}

function keep(seats: readonly Seat[], at: Instant, rows: readonly Row[]): void {
  for (const seat of seats) {
    const { known, key, notBefore } = seat;
    if (at < notBefore || (known !== null && known.at > at)) continue;
    const row = rows.find(({ pk, sk }) => pk === key.pk && sk === key.sk);
    seat.known = { at, row };
  }
}
