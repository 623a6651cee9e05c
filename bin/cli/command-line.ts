/** What the commands of `drawbridge` share: options, the API that is asked, and what is printed. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { Drawbridge } from '../../client/src/index.ts';
import { whenAskedToStop } from '../asked-to-stop.ts';
import { localStack, printable, UsageError, usageError } from '../command.ts';
import { type Exit, exits } from './exits.ts';

export type Command = {
  usage: string;
  run(argv: readonly string[]): Promise<Exit | undefined>;
};

const common = { json: { type: 'boolean' } } as const satisfies ParseArgsOptionsConfig;

/** Reads the words after a command. Throws a UsageError for what it does not take. */
export function optionsIn<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    const all = { ...common, ...options };
    return parseArgs({ args: [...argv], allowPositionals: true, options: all });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The one word that a command takes beside its options. */
export function onlyWord(words: readonly string[], what: string): string {
  const [word, ...more] = words;
  if (word === undefined) return usageError(`Name ${what}.`);
  if (more.length > 0) return usageError(`"${more.join(' ')}" is too much.`);
  return word;
}

/** Refuses words where a command takes none. */
export function noWords(words: readonly string[]): void {
  if (words.length > 0) usageError(`"${words.join(' ')}" is too much.`);
}

/** A whole number of at least one; `undefined` where the option is not given. */
export function countOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text))
    return usageError(`${option} takes a whole number, not "${text}".`);
  return Number(text);
}

export type Api = { url: string; key: string; drawbridge: Drawbridge };

/** The API of the environment, or of the local system with the key of this name. */
export function apiOf(localKey: 'dk_local_alice' | 'dk_local_operator' = 'dk_local_alice'): Api {
  const given = process.env['DRAWBRIDGE_API_URL'];
  const set = process.env['DRAWBRIDGE_API_KEY'];
  if (given !== undefined && given !== '' && (set === undefined || set === ''))
    return usageError('DRAWBRIDGE_API_URL is set, and DRAWBRIDGE_API_KEY is not.');
  const url = given || localStack().apiUrl;
  const key = set || localKey;
  return { url, key, drawbridge: new Drawbridge({ baseUrl: url, apiKey: key }) };
}

/** A file that the caller names, from where the caller stands. */
export function fileAt(name: string): string {
  const file = path.resolve(process.env['DRAWBRIDGE_CWD'] ?? process.cwd(), name);
  if (!existsSync(file)) return usageError(`There is no file ${file}.`);
  return file;
}

export const say = (line: string): void => console.log(printable(line));
/** For people only: it does not stand between what programs read. */
export const note = (line: string): void => console.error(printable(line));
export const sayJson = (value: unknown): void => console.log(JSON.stringify(value));

/** The names and values of something, for people. What is empty is left out. */
export function sayFields(value: object): void {
  const shown = Object.entries(value).filter(([, one]) => one !== null && !isEmpty(one));
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  for (const [name, one] of shown)
    say(`${name.padEnd(width)}  ${typeof one === 'object' ? JSON.stringify(one) : one}`);
}
const isEmpty = (one: unknown): boolean =>
  one === undefined || (typeof one === 'object' && one !== null && Object.keys(one).length === 0);

/** A signal that is aborted when this process is asked to stop, or nobody is there any more. Asked again, it ends at once. */
export function untilInterrupted(): AbortSignal {
  const stop = new AbortController();
  const first = () => stop.abort(new Interrupted());
  whenAskedToStop({ first, again: () => process.exit(exits.interrupted), orphaned: first });
  return stop.signal;
}
export class Interrupted extends Error {
  override readonly message = 'Interrupted.';
}
