/** Opens the directory for all that must outlive the process. One process at a time uses it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type DataDir = {
  /** The absolute path. */
  path: string;
  /** The absolute path of a file or folder in it. */
  file(...names: string[]): string;
  /** Deletes everything in it. All programs that use a file there must have ended. */
  forget(): void;
  /** Lets the next process use it, as the operating system does when this process dies. */
  release(): void;
};

const lockFile = 'lock.db';
const pidFile = 'process.pid';

/** Creates the directory when it is missing. Throws, naming the other process, when one is using it. */
export function openDataDir(directory: string): DataDir {
  const root = path.resolve(directory);
  const file = (...names: string[]) => path.join(root, ...names);
  makeDirectory(root);
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

function makeDirectory(root: string): void {
  try {
    makeWithParents(root);
  } catch (error) {
    throw cannotBe(root, error);
  }
}

/**
 * One after the other, and each once. `mkdirSync` with `recursive` never returns where the system says of a name in a
 * directory which is there that it is not there, as Linux does in /proc: it makes the directory's parent, and tries again.
 */
function makeWithParents(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found !== undefined) throw new Error('it is a file');
  makeWithParents(path.dirname(directory));
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it in between.
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function cannotBe(root: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(
    `DATA_DIR cannot be ${root}: ${why}. Name a directory that can be written to, or one that can be made.`,
  );
}

/** Takes SQLite's exclusive lock, which is the operating system's, so that it ends with the process however that dies. */
function takeLock(root: string, file: DataDir['file']): DatabaseSync {
  const lock = openLock(root, file(lockFile));
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

function openLock(root: string, file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    throw cannotBe(root, error);
  }
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown'; // The other process has the lock and has not written the file yet.
  }
}
