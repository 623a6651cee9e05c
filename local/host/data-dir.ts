/** The directory that holds everything that must outlive the process, used by one process at a time. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type DataDir = {
  /** Absolute. */
  path: string;
  /** The absolute path of a file or folder in it. */
  file(...names: string[]): string;
  /** Deletes everything in it. Whatever still uses a file there must have ended. */
  forget(): void;
  /** Lets the next process use it. The operating system does the same when this process dies. */
  release(): void;
};

const lockFile = 'lock.db';
const pidFile = 'process.pid';

/** Creates the directory when it is missing. Throws, naming the other process, when one is using it. */
export function openDataDir(directory: string): DataDir {
  const root = path.resolve(directory);
  const file = (...names: string[]) => path.join(root, ...names);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const lock = takeLock(root, file);
  writeFileSync(file(pidFile), `${process.pid}\n`);
  return {
    path: root,
    file,
    forget: () => {
      for (const name of readdirSync(root))
        if (name !== lockFile && name !== pidFile)
          rmSync(file(name), { recursive: true, force: true });
    },
    release: () => lock.close(),
  };
}

/** SQLite's exclusive lock is one of the operating system, so that of a killed process is gone with it. */
function takeLock(root: string, file: DataDir['file']): DatabaseSync {
  const lock = new DatabaseSync(file(lockFile), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (!/locked/.test(String(error))) throw error;
    throw new Error(
      `${root} is in use by another Drawbridge (process ${readPid(file(pidFile))}). Stop it, or set DATA_DIR to another directory.`,
    );
  }
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown'; // It has the lock and has not written the file yet.
  }
}
