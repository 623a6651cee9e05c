/** Adds up what the functions of a local system have used, from the metrics in their logs. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

export type FunctionUsage = {
  invocations: number;
  awsCalls: number;
  writeUnits: number;
  readUnits: number;
};

/** One line of Embedded Metric Format, as lambdas/boot/observe.ts writes it at the end of each invocation. */
const Line = z.object({ awsCalls: z.number(), writeUnits: z.number(), readUnits: z.number() });

const nothing: FunctionUsage = { invocations: 0, awsCalls: 0, writeUnits: 0, readUnits: 0 };

export const sum = (a: FunctionUsage, b: FunctionUsage): FunctionUsage => ({
  invocations: a.invocations + b.invocations,
  awsCalls: a.awsCalls + b.awsCalls,
  writeUnits: a.writeUnits + b.writeUnits,
  readUnits: a.readUnits + b.readUnits,
});

/** The usage of each function since the data directory was made. */
export function usageIn(dataDir: string): Map<string, FunctionUsage> {
  const folder = path.join(dataDir, 'logs');
  const logs = readdirSync(folder).filter((file) => file.endsWith('.log'));
  return new Map(logs.map((file) => [file.replace('.log', ''), usageOf(path.join(folder, file))]));
}

function usageOf(file: string): FunctionUsage {
  let total = nothing;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (!line.includes('"awsCalls"')) continue;
    const { data } = Line.safeParse(JSON.parse(line));
    if (data !== undefined) total = sum(total, { invocations: 1, ...data });
  }
  return total;
}

export const totalOf = (usage: ReadonlyMap<string, FunctionUsage>): FunctionUsage =>
  [...usage.values()].reduce(sum, nothing);
