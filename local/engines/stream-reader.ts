/** Reads a table's stream in order, from any position. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamRecord } from './stream-record.ts';
import type { StreamRecords } from './stream-records.ts';

export type StreamReader = {
  /** Waits for records after this sequence number, the oldest first. Answers none only when `signal` is aborted. */
  after(position: string, signal: AbortSignal): Promise<StreamRecord[]>;
};

const recordsAtOnce = 1_000;
const lookEveryMs = 5;
/** After so long without a write the file system tells of the next one, so that a system at rest does nothing. */
const quietMs = 100;
/** The stream is read this often even if the version tells of no write. */
const readAnywayMs = 1_000;

/** Opens a table's stream, which is read only when the version has changed. */
export function openStream(
  { version, written, after }: Pick<StreamRecords, 'version' | 'written' | 'after'>,
  table: string,
): StreamReader {
  return {
    after: async (position, signal) => {
      while (!signal.aborted) {
        // The version is taken before reading, so that a write during the read is seen by the next one.
        const seen = version();
        const records = after(table, position, recordsAtOnce);
        if (records.length > 0) return records;
        const began = Date.now();
        const deadline = began + readAnywayMs;
        let lookedSince = began;
        do {
          if (Date.now() - lookedSince < quietMs) await delay(lookEveryMs);
          else {
            await written(seen, deadline - Date.now(), signal);
            lookedSince = Date.now();
          }
        } while (version() === seen && Date.now() < deadline && !signal.aborted);
      }
      return [];
    },
  };
}
