/**
 * Keeps a simulator's state in SQLite, where it outlives the death of the process at any moment (write-ahead log, one
 * transaction for each change). All work that is left is found in it, so that a restart goes on.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export type SimulatorStore = {
  db: DatabaseSync;
  /** Makes all writes of `work`, or none when it throws. */
  transaction<Result>(work: () => Result): Result;
};

/** Opens the file in the folder, or makes it by `schema`, which must be repeatable. */
export function openStore(dataDir: string, file: string, schema: string): SimulatorStore {
  mkdirSync(dataDir, { recursive: true });
  // A test or a person may be looking into the file, and is waited for.
  const db = new DatabaseSync(path.join(dataDir, file), { timeout: 5_000 });
  // With NORMAL a killed process loses nothing. Only a loss of power could cost the last changes.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  db.exec(schema);
  return {
    db,
    transaction: (work) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
  };
}

/** The rows that a statement selects, with the columns of `Row`. */
export const rows = <Row>(statement: StatementSync, ...values: SQLInputValue[]): Row[] =>
  statement.all(...values) as unknown as Row[];

/** The first row that a statement selects, or null. */
export const row = <Row>(statement: StatementSync, ...values: SQLInputValue[]): Row | null =>
  (statement.get(...values) as Row | undefined) ?? null;

/** Keeps every version of a table's rows from now on. `id` is the column that tells them apart. */
export function keepHistory(db: DatabaseSync, table: string, id = 'id'): void {
  const atMs = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
  const keep = (after: string) => `
    CREATE TRIGGER IF NOT EXISTS ${table}_${after} AFTER ${after} ON ${table}
    BEGIN INSERT INTO ${table}_was SELECT ${atMs}, * FROM ${table} WHERE ${id} = NEW.${id}; END;`;
  db.exec(`
    CREATE TABLE IF NOT EXISTS ${table}_was AS SELECT 0 AS wasAtMs, * FROM ${table} WHERE 0;
    CREATE INDEX IF NOT EXISTS ${table}_wasAt ON ${table}_was (${id}, wasAtMs);
    ${keep('INSERT')} ${keep('UPDATE')}`);
}

/** The text after FROM that reads a table as it was at the time in the first parameter. */
export const asItWas = (table: string, id = 'id'): string =>
  `(SELECT *, row_number() OVER (PARTITION BY ${id} ORDER BY wasAtMs DESC, rowid DESC) AS nth
    FROM ${table}_was WHERE wasAtMs <= ?) WHERE nth = 1`;
