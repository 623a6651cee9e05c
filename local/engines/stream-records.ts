/**
 * What dynoxide leaves to be done about its streams, in its own database file: an index, trimming, and a cheap answer
 * to "has anything been written?".
 */
import { DatabaseSync } from 'node:sqlite';

export type StreamRecords = {
  /** A number that changes whenever the engine has committed something. Costs about a microsecond. */
  version(): number;
  /**
   * Deletes records of a table's stream before this sequence number, some thousands at most. The record with that
   * number must exist: the engine numbers the next one after the highest that it finds.
   */
  trim(table: string, before: string): void;
  close(): void;
};

const deletedAtOnce = 2_000;
/** A trim waits this long for the engine's own write to end, and is given up: the next one deletes the same. */
const busyMs = 20;

export function openStreamRecords(file: string): StreamRecords {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  // Without it each write scans the stream for its highest number: 183 instead of 1,825 transactions a second.
  database.exec(
    `CREATE INDEX IF NOT EXISTS drawbridge_stream_order
       ON _stream_records (table_name, CAST(sequence_number AS INTEGER))`,
  );
  // Checkpoints and syncs are the engine's business, in its process: here they would hold up the event loop.
  database.exec(
    `PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; PRAGMA busy_timeout = ${busyMs}`,
  );
  const version = database.prepare('PRAGMA data_version');
  const remove = database.prepare(
    `DELETE FROM _stream_records WHERE id IN (
       SELECT id FROM _stream_records
       WHERE table_name = ? AND CAST(sequence_number AS INTEGER) < CAST(? AS INTEGER)
       ORDER BY CAST(sequence_number AS INTEGER) LIMIT ${deletedAtOnce})`,
  );
  return {
    version: () => Number(version.get()?.['data_version']),
    trim: (table, before) => {
      try {
        remove.run(table, before);
      } catch (error) {
        if (!/locked|busy/.test(String(error))) throw error;
      }
    },
    close: () => database.close(),
  };
}
