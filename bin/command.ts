/** What the commands for operators have in common: where the stack is, how a table is printed, and how they end. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dataDir } from '../lambdas/boot/settings-table.ts';
import type { Outputs } from '../local/outputs.ts';

/** Something that the caller can put right. */
export class Wrong extends Error {}
export const wrong = (message: string): never => {
  throw new Wrong(message);
};

/** The local system, which must be running: its tables, and how its AWS is reached. */
export function localStack() {
  const file = path.resolve(process.env[dataDir.name] ?? dataDir.default, 'outputs.json');
  if (!existsSync(file))
    throw new Error(`There is no ${file}. Start the local system (npm start), or name another.`);
  const { awsEndpoint, tables } = JSON.parse(readFileSync(file, 'utf8')) as Outputs;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { tables, client: { endpoint: awsEndpoint, region: 'us-east-1', credentials } };
}

/** Prints rows in columns. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** Runs the command; what goes wrong is said in a line, with the usage where that is of help, and the exit code is 1. */
export async function runCommand(usage: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const message = error instanceof Error ? error.message : String(error);
    console.error(
      code === 'ECONNREFUSED'
        ? `Nothing answers there (${message}). Is npm start running?`
        : message,
    );
    if (error instanceof Wrong) console.error(`\n${usage}`);
    process.exit(1);
  }
}
