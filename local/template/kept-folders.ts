/**
 * Keeps folders that are made of the sources, because making them takes most of the time of a start: cloud assemblies, and
 * the bundles of the functions. Whatever one is made from is in the word that it is found by, so that a change of any of it
 * makes it again. What is kept saves time and nothing else: a start does without where a disk is full or may not be written to.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';

export type KeptFolders = {
  /** Makes the directory what is kept for that word. Answers whether there was something; if not, there is no directory. */
  take(word: string, directory: string): boolean;
  /** Keeps what the directory holds. */
  keep(word: string, directory: string): void;
};

/** Those of the commits that somebody goes back and forth between, and what is being kept at this moment. Each takes 30 MB. */
const keptMax = 8;

/** The sources of the app, of the functions and of the console, and what the packages from npm and their use of these follow from. */
const sources = [
  'lib/**/*',
  'lambdas/**/*',
  'console/**/*',
  'local/template/synthesize-app.ts',
  'cdk.json',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
];

/** The word for what is made of the sources in this directory, here and now, with this context if it is made with one. */
export function wordFor(root: string, context: Readonly<Record<string, string>> = {}): string {
  const hash = createHash('sha256');
  const add = (...parts: readonly string[]): void => {
    for (const part of parts) hash.update(`${part.length}:${part}`);
  };
  const told = Object.entries(process.env).filter(([name]) => name.startsWith('CDK_'));
  add(process.version, JSON.stringify(context), JSON.stringify(told));
  const files = sources.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  for (const file of files) {
    const at = path.join(root, file);
    if (statSync(at).isFile()) add(file, readFileSync(at, 'latin1'));
  }
  return hash.digest('hex');
}

/** Those in this folder, each kind in one of its own. */
export function keptFolders(folder: string): KeptFolders {
  const copy = (from: string, to: string): void => cpSync(from, to, { recursive: true });
  return {
    take: (word, directory) => {
      rmSync(directory, { recursive: true, force: true });
      const isTaken = atBest(() => {
        const kept = path.join(folder, word);
        // Never kept, or forgotten by another process.
        if (!existsSync(kept)) return false;
        const now = new Date();
        utimesSync(kept, now, now);
        copy(kept, directory);
        // Who forgets it renames it first: what is there still was there, whole, while it was copied.
        return existsSync(kept);
      });
      if (!isTaken) rmSync(directory, { recursive: true, force: true });
      return isTaken;
    },
    keep: (word, directory) => {
      atBest(() => {
        const half = path.join(folder, `${word}.${process.pid}`);
        try {
          rmSync(half, { recursive: true, force: true });
          copy(directory, half);
          // Whole or not at all.
          renameSync(half, path.join(folder, word));
        } catch (error) {
          // Another process was faster, with the same.
          if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
        } finally {
          rmSync(half, { recursive: true, force: true });
        }
        forgetOld(folder);
        return true;
      });
    },
  };
}

function atBest(work: () => boolean): boolean {
  try {
    return work();
  } catch (error) {
    console.warn(`Nothing kept, which costs time: ${(error as Error).message}`);
    return false;
  }
}

function forgetOld(folder: string): void {
  const all = readdirSync(folder).flatMap((name) => {
    const at = path.join(folder, name);
    const usedAt = statSync(at, { throwIfNoEntry: false })?.mtimeMs;
    return usedAt === undefined ? [] : { at, usedAt };
  });
  // Half of one is left by a process that was killed there, and is old some day, too.
  const byAge = all.toSorted((one, other) => other.usedAt - one.usedAt);
  for (const { at } of byAge.slice(keptMax))
    atBest(() => {
      const gone = `${at}.${process.pid}.gone`;
      renameSync(at, gone);
      rmSync(gone, { recursive: true, force: true });
      return true;
    });
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;
