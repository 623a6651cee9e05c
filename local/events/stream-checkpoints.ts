/** Remembers how far each function has read each stream. After a kill, records may be given twice and none is skipped. */
import { DatabaseSync } from 'node:sqlite';

/** A function that reads a stream. A table that is made anew has another stream ARN, and is read from the beginning. */
export type Reader = { functionName: string; streamArn: string };
export type Checkpoints = {
  /** The sequence number of the last record that is done; `'0'` before the first. */
  position(reader: Reader): string;
  save(reader: Reader, position: string): void;
  /** The position that every reader of the stream has reached. */
  lowest(streamArn: string): string;
  close(): void;
};

/** Opens the file, and forgets all readers but these. */
export function openCheckpoints(file: string, readers: readonly Reader[]): Checkpoints {
  const database = new DatabaseSync(file);
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
     CREATE TABLE IF NOT EXISTS positions (
       function TEXT, stream TEXT, position INTEGER NOT NULL, PRIMARY KEY (function, stream))`,
  );
  for (const { function: name, stream } of database.prepare('SELECT * FROM positions').all())
    if (!readers.some((one) => one.functionName === name && one.streamArn === stream))
      database
        .prepare('DELETE FROM positions WHERE function = ? AND stream = ?')
        .run(String(name), String(stream));
  const begin = database.prepare('INSERT OR IGNORE INTO positions VALUES (?, ?, 0)');
  for (const { functionName, streamArn } of readers) begin.run(functionName, streamArn);

  const one = database.prepare('SELECT position FROM positions WHERE function = ? AND stream = ?');
  const move = database.prepare(
    'UPDATE positions SET position = CAST(? AS INTEGER) WHERE function = ? AND stream = ?',
  );
  const least = database.prepare(
    'SELECT MIN(position) AS position FROM positions WHERE stream = ?',
  );
  return {
    position: ({ functionName, streamArn }) =>
      String(one.get(functionName, streamArn)?.['position'] ?? 0),
    save: ({ functionName, streamArn }, position) => {
      move.run(position, functionName, streamArn);
    },
    lowest: (streamArn) => String(least.get(streamArn)?.['position'] ?? 0),
    close: () => database.close(),
  };
}
