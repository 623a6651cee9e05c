/** Shared by the operators' commands: finding the local stack, printing tables, and ending with an error. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dataDir } from '../lambdas/boot/settings-table.ts';
import type { Outputs } from '../local/outputs.ts';

/** An error in how a command was called, which is printed with the usage. */
export class UsageError extends Error {}
/** A file of the caller's that cannot be taken. The usage would not help. */
export class FileError extends Error {}

export const usageError = (message: string): never => {
  throw new UsageError(message);
};

/** The API and the tables of the running local system, and how its AWS is reached. Throws when it does not run. */
export function localStack() {
  const file = path.resolve(process.env[dataDir.name] ?? dataDir.default, 'outputs.json');
  if (!existsSync(file))
    throw new Error(`There is no ${file}. Start the local system (npm start), or name another.`);
  const { apiUrl, awsEndpoint, tables, simulators, chains } = outputsIn(file);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return {
    apiUrl,
    tables,
    simulators,
    chains,
    client: { endpoint: awsEndpoint, region: 'us-east-1', credentials },
  };
}

function outputsIn(file: string): Outputs {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Outputs;
  } catch (error) {
    throw new Error(`${file} cannot be read (${(error as Error).message}). Start npm start again.`);
  }
}

/** Text from elsewhere, for a terminal: what would steer the terminal is shown instead of done. */
export const printable = (text: string): string =>
  text.replaceAll(
    /[^\P{Cc}\n\t]/gu,
    (one) => `\\x${(one.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`,
  );

/** Prints rows in columns. The first row says how many there are. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of rows)
    console.log(
      printable(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).trimEnd(),
    );
}

/** Prints the usage and ends, when that is what is asked for. */
export function answerHelp(usage: string): void {
  if (!process.argv.slice(2).some((word) => word === '--help' || word === '-h')) return;
  console.log(usage);
  process.exit(0);
}

/** Reads the command line of a program. What is wrong with it is said with the usage. */
export function commandLine<T>(usage: string, read: () => T): T {
  answerHelp(usage);
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(1);
  }
}

/** A whole number of at least one, as an option gives it. */
export function countIn(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new UsageError(`${option} takes a whole number, not "${text}".`);
  return Number(text);
}

/** What AWS's SDK says when the environment lacks something, and what has to be set. */
const lacking: readonly (readonly [RegExp, string])[] = [
  [
    /^Region is missing/,
    'No AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile with a region.',
  ],
  [
    /^Could not load credentials from any providers/,
    'No AWS credentials are set: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.',
  ],
];

/** Codes of Node (errno, and undici's timeouts) for a request that had no answer. */
const unanswered = /^(E(CONN|HOST|NET)\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|UND_ERR_\w+)$/;

/** The error that says why there was no answer: `fetch` has it as the cause of its own. `null`: there was one. */
export function noAnswerIn(error: unknown): Error | null {
  if (!(error instanceof Error)) return null;
  if (unanswered.test(String((error as { code?: unknown }).code))) return error;
  if (error.name === 'TimeoutError') return error;
  const cause = error.cause instanceof Error ? error.cause : null;
  if (error instanceof TypeError && error.message === 'fetch failed') return cause ?? error;
  return noAnswerIn(cause);
}

/** What an error says to people, in one line. */
export function messageOf(error: unknown): string {
  const why = noAnswerIn(error);
  if (why !== null && (error === why || (error as Error).message === 'fetch failed'))
    return `Nothing answers there (${why.message}). Is npm start running?`;
  const message = error instanceof Error ? error.message : String(error);
  return lacking.find(([words]) => words.test(message))?.[1] ?? message;
}

/** Runs a command. An error is printed in one line, with the usage where that helps, and the exit code is 1. */
export async function runCommand(usage: string, run: () => Promise<void>): Promise<void> {
  answerHelp(usage);
  try {
    await run();
  } catch (error) {
    console.error(messageOf(error));
    if (error instanceof UsageError) console.error(`\n${usage}`);
    process.exit(1);
  }
}
