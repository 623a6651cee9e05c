/** Keeps what a run of the benchmark has measured, and shows the next run beside it and beside what is aimed at. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

/** Numbers by name; a text is something that has to be read. */
export type Measured = Readonly<Record<string, number | string>>;
export type Target = { atLeast: number } | { atMost: number };

const file = path.join(import.meta.dirname, '..', '.bench', 'last.json');
const Kept = z.record(z.string(), z.record(z.string(), z.union([z.number(), z.string()])));

function kept(): z.infer<typeof Kept> {
  if (!existsSync(file)) return {};
  const { data } = Kept.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  return data ?? {};
}

/** Prints the case and keeps it for the next time. */
export function show(
  name: string,
  measured: Measured,
  targets: Readonly<Record<string, Target>>,
): void {
  const all = kept();
  const last = all[name] ?? {};
  const rows = Object.entries(measured).map(([what, value]) => {
    const target = targets[what];
    return [
      what,
      {
        now: value,
        ...(last[what] !== undefined && { last: last[what] }),
        ...(target !== undefined && { target: wordsOf(target), reached: reaches(value, target) }),
      },
    ] as const;
  });
  console.log(`\n${name}`);
  console.table(Object.fromEntries(rows));
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...all, [name]: measured }, null, 1));
}

const wordsOf = (target: Target): string =>
  'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;

function reaches(value: number | string, target: Target): string {
  const number = Number(value);
  const isReached = 'atLeast' in target ? number >= target.atLeast : number <= target.atMost;
  return isReached ? 'yes' : 'no';
}
