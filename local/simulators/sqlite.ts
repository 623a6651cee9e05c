/**
 * What a simulator knows, in SQLite: it outlives the death of the process at any moment (write-ahead log, one
 * transaction per change). Everything that is still to be done is found by looking into it, so a restart goes on.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export type SimulatorStore = {
  db: DatabaseSync;
  /** All of the work's writes or, when it throws, none. */
  transaction<Result>(work: () => Result): Result;
};

/** Opens the file in the folder, and makes it when it is not there. `schema` says how, and may be applied again. */
export function openStore(dataDir: string, file: string, schema: string): SimulatorStore {
  mkdirSync(dataDir, { recursive: true });
  // Whoever else looks into the file, a test or a person, is waited for.
  const db = new DatabaseSync(path.join(dataDir, file), { timeout: 5_000 });
  // NORMAL: a killed process loses nothing; only the power going out could cost the last changes.
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

/** The rows that a statement selects. `Row` names its columns. */
export const rows = <Row>(statement: StatementSync, ...values: SQLInputValue[]): Row[] =>
  statement.all(...values) as unknown as Row[];

/** Its first row, or null. */
export const row = <Row>(statement: StatementSync, ...values: SQLInputValue[]): Row | null =>
  (statement.get(...values) as Row | undefined) ?? null;

/** From now on every version of the table's rows is kept; `id` tells its rows apart. */
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

/** What stands after FROM to read the table as it was at the time that the first parameter says. */
export const asItWas = (table: string, id = 'id'): string =>
  `(SELECT *, row_number() OVER (PARTITION BY ${id} ORDER BY wasAtMs DESC, rowid DESC) AS nth
    FROM ${table}_was WHERE wasAtMs <= ?) WHERE nth = 1`;
