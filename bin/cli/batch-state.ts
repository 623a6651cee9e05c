/**
 * What is known of the lines of a batch, in a file beside the CSV. It is only added to, a line at a time and before and after
 * each call, so that a kill at any moment loses nothing: of what was asked for and not answered the API is asked.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { FileError } from '../command.ts';

const ended = z.enum(['COMPLETED', 'FAILED', 'CANCELLED', 'REVIEW']);
const Head = z.object({ drawbridgeBatch: z.literal(1), api: z.string(), name: z.string() });
const Asked = z.object({
  ...{ key: z.string(), line: z.number(), asked: z.string() },
  pays: z.string().optional(),
});
const Accepted = z.object({ key: z.string(), id: z.string() });
const Refused = z.object({ key: z.string(), refused: z.string(), detail: z.string() });
const Ended = z.object({ key: z.string(), ended });
const Entry = z.union([Asked, Accepted, Refused, Ended]);
type Entry = z.infer<typeof Entry>;

export type Known = {
  line: number;
  /** The withdrawal; `null` while no answer is known. */
  id: string | null;
  refused: { code: string; detail: string } | null;
  ended: z.infer<typeof ended> | null;
  /** What it pays, whichever batch it is in; `null`: it had a key of its own, or an older version has asked for it. */
  pays: string | null;
};

export class BatchState {
  readonly known = new Map<string, Known>();
  readonly name: string;
  /** The API of which the withdrawals are. */
  readonly api: string;
  private readonly file: string;
  private fd: number | null = null;

  private constructor(file: string, api: string, name: string) {
    this.file = file;
    this.api = api;
    this.name = name;
  }

  /**
   * Reads what there is; the file begins with the first entry. Throws a FileError for a file that is another's.
   * Without a name it is whatever batch it is.
   */
  static open(file: string, api: string, name?: string): BatchState {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const [first = '', ...rest] = text.split('\n');
    const head = Head.safeParse(jsonIn(first));
    if (text.trim() !== '' && !head.success)
      throw new FileError(`${file} is no state of a batch, and would be overwritten.`);
    if (head.success && name !== undefined && head.data.name !== name)
      throw new FileError(`${file} is of the batch "${head.data.name}", and not of "${name}".`);
    const { data = { api, name: name ?? '' } } = head;
    const state = new BatchState(file, data.api, data.name);
    for (const line of rest) {
      const entry = Entry.safeParse(jsonIn(line));
      if (entry.success) state.take(entry.data);
    }
    return state;
  }

  add(entry: Entry): void {
    this.write(entry);
    this.take(entry);
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
  }

  private write(value: object): void {
    this.fd ??= this.begun();
    writeSync(this.fd, `${JSON.stringify(value)}\n`);
    fsyncSync(this.fd);
  }

  private begun(): number {
    const text = existsSync(this.file) ? readFileSync(this.file, 'utf8') : '';
    const fd = openSync(this.file, 'a');
    const head = { drawbridgeBatch: 1, api: this.api, name: this.name };
    if (text.trim() === '') writeSync(fd, `${JSON.stringify(head)}\n`);
    // What a kill cut short has no end of line, and says nothing; the next entry must not stand behind it.
    else if (!text.endsWith('\n')) writeSync(fd, '\n');
    return fd;
  }

  private take(entry: Entry): void {
    const nothing = { line: 0, id: null, refused: null, ended: null, pays: null };
    const before = this.known.get(entry.key) ?? nothing;
    if ('asked' in entry) {
      const { line, pays = null } = entry;
      this.known.set(entry.key, { ...before, line, pays, refused: null });
    } else if ('id' in entry) this.known.set(entry.key, { ...before, id: entry.id, refused: null });
    else if ('ended' in entry) this.known.set(entry.key, { ...before, ended: entry.ended });
    else {
      const { refused: code, detail } = entry;
      this.known.set(entry.key, { ...before, refused: { code, detail } });
    }
  }
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

const ending = '.drawbridge.jsonl';

/** The states of other batches at the same API whose files lie beside this one. What is no state is none. */
export function* otherBatches(file: string, api: string) {
  const folder = path.dirname(file);
  for (const name of readdirSync(folder)
    .filter((one) => one.endsWith(ending))
    .sort()) {
    const other = path.join(folder, name);
    if (other === file) continue;
    try {
      const state = BatchState.open(other, api);
      if (state.api === api) yield { file: name, state };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
  }
}
