/** Adds to dynoxide's database file what its streams lack: an index, trimming, and cheap ways to notice writes and read them. */
import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type StreamRecord, type StreamRow, streamRecord } from './stream-record.ts';

export type StreamRecords = {
  /** A number that changes with every commit of the engine. It costs about a microsecond. */
  version(): number;
  /**
   * Resolves when the engine writes, if it has not since it was at this version, or when time is up or `signal` is aborted.
   * The write may not be complete yet: whoever waits for it looks at the version for a while.
   */
  written(seen: number, maxMs: number, signal: AbortSignal): Promise<void>;
  /** The records of a table's stream after this sequence number, the oldest first. */
  after(table: string, position: string, max: number): StreamRecord[];
  /**
   * Deletes records of a table's stream before this sequence number, some thousands at most. The record with that
   * number must exist: the engine numbers the next one after the highest that it finds. `false` says that nothing was
   * deleted, because the engine was writing.
   */
  trim(table: string, before: string): boolean;
  close(): void;
};

const deletedAtOnce = 2_000;
/** How long a trim waits for the engine's own write. It then gives up, and is tried again. */
const busyMs = 20;

/** How soon to look again where the file system tells nothing, because too much is watched on this machine. */
const unwatchedMs = 5;

/** Calls `then` at each change of the file or of those beside it that begin like it; `null` when that cannot be. */
function watched(file: string, then: () => void): FSWatcher | null {
  const name = path.basename(file);
  try {
    // The folder is watched, because the engine makes the file of its last writes anew.
    const watcher = watch(path.dirname(file), (_, changed) => {
      if (changed?.startsWith(name)) then();
    });
    return watcher.on('error', then);
  } catch {
    return null;
  }
}

/** Opens the engine's file beside the engine, and adds the index. */
export function openStreamRecords(file: string): StreamRecords {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  // Without the index each write scans the stream for its highest number: 183 transactions a second and not 1,825.
  database.exec(
    `CREATE INDEX IF NOT EXISTS drawbridge_stream_order
       ON _stream_records (table_name, CAST(sequence_number AS INTEGER))`,
  );
  // The engine's process does checkpoints and syncs. Here they would block the event loop.
  database.exec(
    `PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; PRAGMA busy_timeout = ${busyMs}`,
  );
  const dataVersion = database.prepare('PRAGMA data_version');
  const version = (): number => Number(dataVersion.get()?.['data_version']);
  const read = database.prepare(
    `SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at, user_identity
       FROM _stream_records
       WHERE table_name = ? AND CAST(sequence_number AS INTEGER) > CAST(? AS INTEGER)
       ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?`,
  );
  const remove = database.prepare(
    `DELETE FROM _stream_records WHERE id IN (
       SELECT id FROM _stream_records
       WHERE table_name = ? AND CAST(sequence_number AS INTEGER) < CAST(? AS INTEGER)
       ORDER BY CAST(sequence_number AS INTEGER) LIMIT ${deletedAtOnce})`,
  );
  return {
    version,
    written: (seen, maxMs, signal) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          watcher?.close();
          signal.removeEventListener('abort', end);
          resolve();
        };
        const watcher = watched(file, end);
        const timer = setTimeout(end, watcher === null ? unwatchedMs : maxMs);
        signal.addEventListener('abort', end);
        if (signal.aborted || version() !== seen) end();
      }),
    after: (table, position, max) =>
      (read.all(table, position, max) as StreamRow[]).map((row) => streamRecord(table, row)),
    trim: (table, before) => {
      try {
        remove.run(table, before);
        return true;
      } catch (error) {
        if (!/locked|busy/.test(String(error))) throw error;
        return false;
      }
    },
    close: () => database.close(),
  };
}
