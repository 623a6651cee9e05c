/** Shared by the operators' commands: finding the local stack, printing tables, and ending with an error. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dataDir } from '../lambdas/boot/settings-table.ts';
import type { Outputs } from '../local/outputs.ts';

/** An error in how a command was called, which is printed with the usage. */
export class UsageError extends Error {}
export const usageError = (message: string): never => {
  throw new UsageError(message);
};

/** The API and the tables of the running local system, and how its AWS is reached. Throws when it does not run. */
export function localStack() {
  const file = path.resolve(process.env[dataDir.name] ?? dataDir.default, 'outputs.json');
  if (!existsSync(file))
    throw new Error(`There is no ${file}. Start the local system (npm start), or name another.`);
  const { apiUrl, awsEndpoint, tables } = JSON.parse(readFileSync(file, 'utf8')) as Outputs;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { apiUrl, tables, client: { endpoint: awsEndpoint, region: 'us-east-1', credentials } };
}

/** Prints rows in columns. The first row says how many there are. */
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

/** Runs a command. An error is printed in one line, with the usage where that helps, and the exit code is 1. */
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
    if (error instanceof UsageError) console.error(`\n${usage}`);
    process.exit(1);
  }
}
