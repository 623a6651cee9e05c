/**
 * What is known of the lines of a batch, in a file beside the CSV. It is only added to, a line at a time and before and after
 * each call, so that a kill at any moment loses nothing: of what was asked for and not answered the API is asked.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import * as z from 'zod';
import { FileError } from '../command.ts';

const ended = z.enum(['COMPLETED', 'FAILED', 'CANCELLED', 'REVIEW']);
const Head = z.object({ drawbridgeBatch: z.literal(1), api: z.string(), name: z.string() });
const Asked = z.object({ key: z.string(), line: z.number(), asked: z.string() });
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
};

export class BatchState {
  readonly known = new Map<string, Known>();
  /** The API of which the withdrawals are. */
  readonly api: string;
  private readonly fd: number;

  private constructor(fd: number, api: string) {
    this.fd = fd;
    this.api = api;
  }

  /** Reads what there is, and begins it when there is nothing. Throws a FileError for a file that is another's. */
  static open(file: string, api: string, name: string): BatchState {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const [first = '', ...rest] = text.split('\n');
    const head = Head.safeParse(jsonIn(first));
    if (text.trim() !== '' && !head.success)
      throw new FileError(`${file} is no state of a batch, and would be overwritten.`);
    if (head.success && head.data.name !== name)
      throw new FileError(`${file} is of the batch "${head.data.name}", and not of "${name}".`);
    const state = new BatchState(openSync(file, 'a'), head.success ? head.data.api : api);
    if (!head.success) state.write({ drawbridgeBatch: 1, api, name });
    // What a kill cut short has no end of line, and says nothing; the next entry must not stand behind it.
    else if (!text.endsWith('\n')) writeSync(state.fd, '\n');
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
    closeSync(this.fd);
  }

  private write(value: object): void {
    writeSync(this.fd, `${JSON.stringify(value)}\n`);
    fsyncSync(this.fd);
  }

  private take(entry: Entry): void {
    const before = this.known.get(entry.key) ?? { line: 0, id: null, refused: null, ended: null };
    if ('asked' in entry) this.known.set(entry.key, { ...before, line: entry.line, refused: null });
    else if ('id' in entry) this.known.set(entry.key, { ...before, id: entry.id, refused: null });
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
