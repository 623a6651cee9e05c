/** Keeps what a run of the benchmark has measured, and shows the next run beside it and beside what is aimed at. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Target, Targets } from './bench-aims.ts';

/** Numbers by name; a text is something that has to be read. */
export type Measured = Readonly<Record<string, number | string>>;

const keptFile = path.join(import.meta.dirname, '..', '.bench', 'last.json');
const Case = z.record(z.string(), z.union([z.number(), z.string()]));
const Cases = z.record(z.string(), z.unknown());

/** What the file holds, whether we can read the cases or not. A file that is no such thing is put aside, and said. */
function kept(file: string): Readonly<Record<string, unknown>> {
  if (!existsSync(file)) return {};
  try {
    return Cases.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const aside = `${file}.unreadable`;
    renameSync(file, aside);
    const why = error instanceof z.ZodError ? 'it holds no cases' : String(error);
    console.error(`${file} cannot be read, so nothing is shown beside this run (${why})`);
    console.error(`It is ${aside} from now on.`);
    return {};
  }
}

function lastOf(name: string, all: Readonly<Record<string, unknown>>): Measured {
  const { success, data } = Case.safeParse(all[name] ?? {});
  if (!success) console.error('What was kept of the last run of this case cannot be read.');
  return data ?? {};
}

/** Prints the case and keeps it for the next time. Other cases stay as they are kept. */
export function show(name: string, measured: Measured, targets: Targets, file = keptFile): void {
  const all = kept(file);
  console.log(`\n${name}`);
  const last = lastOf(name, all);
  const rows = Object.entries(measured).map(([what, value]) => {
    const target = targets[what];
    return [
      what,
      {
        now: value,
        ...(last[what] !== undefined && { last: last[what] }),
        ...(target !== undefined && { target: wordsOf(target) }),
        ...(target !== undefined &&
          target.onlyFor === undefined && { reached: reaches(value, target) }),
      },
    ] as const;
  });
  console.table(Object.fromEntries(rows));
  // JSON has no NaN: it would be kept as null.
  const figures = Object.entries(measured).filter(
    ([, value]) => typeof value === 'string' || Number.isFinite(value),
  );
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...all, [name]: Object.fromEntries(figures) }, null, 1));
}

function wordsOf(target: Target): string {
  const words = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
  return target.onlyFor === undefined ? words : `${words} (${target.onlyFor})`;
}

function reaches(value: number | string, target: Target): string {
  const number = Number(value);
  const isReached = 'atLeast' in target ? number >= target.atLeast : number <= target.atMost;
  return isReached ? 'yes' : 'no';
}
