/** Reads from the logs and traces of this machine what happened to one thing: a withdrawal by its id, or whatever else has one. */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import type { Span } from '../lambdas/core/withdrawal/trace.ts';

/** The fields that are needed here, in the order in which they are shown. */
const Line = z.looseObject({
  stage: z.string().optional(),
  timestamp: z.string().optional(),
  timeMs: z.string().optional(),
  method: z.string().optional(),
  status: z.union([z.string(), z.number()]).optional(),
  message: z.string().optional(),
  level: z.string().optional(),
  requestId: z.string().optional(),
  traceId: z.string().optional(),
});
/** A line of a log; `by` is the function, or `access` for a request to the API. */
export type Entry = { by: string; at: number; line: z.infer<typeof Line> };

const chunkBytes = 1024 * 1024;

/** Reads logs as they grow. Each call answers the new entries about `id`, and about the requests in which it was met, in time. */
export function followLogs(folder: string, id: string): () => Entry[] {
  const files = new Map<string, { offset: number; rest: string }>();
  const requests = new Set<string>();
  /** Requests write into the access log last, and are met in a function's log first. */
  const unclaimed: Entry[] = [];
  return () => {
    if (!existsSync(folder)) return [];
    const names = readdirSync(folder).filter((name) => name.endsWith('.log'));
    const read = names.flatMap((name) => entriesIn(folder, name, files));
    const about = read.filter(({ text }) => text.includes(id)).map(({ entry }) => entry);
    for (const { line } of about) if (line.requestId !== undefined) requests.add(line.requestId);
    const others = read.filter(({ text }) => !text.includes(id)).map(({ entry }) => entry);
    unclaimed.push(...others.filter(({ line, by }) => by === 'access' && line.requestId));
    const claimed = unclaimed.filter(({ line }) => requests.has(line.requestId ?? ''));
    for (const one of claimed) unclaimed.splice(unclaimed.indexOf(one), 1);
    return [...about, ...claimed].sort((a, b) => a.at - b.at);
  };
}

type Read = { text: string; entry: Entry };

function entriesIn(
  folder: string,
  name: string,
  files: Map<string, { offset: number; rest: string }>,
): Read[] {
  const state = files.get(name) ?? { offset: 0, rest: '' };
  files.set(name, state);
  const file = openSync(path.join(folder, name), 'r');
  const found: Read[] = [];
  try {
    const buffer = Buffer.alloc(chunkBytes);
    const decoder = new TextDecoder();
    while (state.offset < fstatSync(file).size) {
      const bytes = readSync(file, buffer, 0, chunkBytes, state.offset);
      if (bytes === 0) break;
      state.offset += bytes;
      const lines = (
        state.rest + decoder.decode(buffer.subarray(0, bytes), { stream: true })
      ).split('\n');
      state.rest = lines.pop() ?? '';
      for (const text of lines) found.push(...(readLine(name, text) ?? []));
    }
  } finally {
    closeSync(file);
  }
  return found;
}

/** Metrics have no message, and lines of Lambda's own are no JSON. */
function readLine(name: string, text: string): [Read] | null {
  if (!text.startsWith('{') || text.includes('"_aws"')) return null;
  try {
    const line = Line.parse(JSON.parse(text));
    const at = line.timestamp === undefined ? Number(line.timeMs) : Date.parse(line.timestamp);
    return [{ text, entry: { by: name.replace('.log', ''), at: Number.isNaN(at) ? 0 : at, line } }];
  } catch {
    return null; // The line is being written, or is somebody else's.
  }
}

const unsaid: ReadonlySet<string> = new Set([
  ...[
    'timestamp',
    'time',
    'timeMs',
    'message',
    'level',
    'service',
    'function_name',
    'function_request_id',
  ],
  ...['xray_trace_id', 'traceId', 'tenant', 'network', 'sampling_rate', 'bytes'],
]);

/** One line for people: the time, who says it, what, and the rest as `name=value`. */
export function told({ by, at, line }: Entry, id: string): string {
  const rest = Object.entries(line)
    .filter(([name, value]) => !unsaid.has(name) && ![id, '-', undefined].includes(value as string))
    // What it is about comes last: it is long.
    .sort(([a], [b]) => Number(a.endsWith('Id')) - Number(b.endsWith('Id')))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const what = by === 'access' ? 'request' : (line.message ?? '');
  const level = line.level === undefined || line.level === 'INFO' ? '' : `${line.level} `;
  return `${new Date(at).toISOString().slice(11, 23)}  ${by.padEnd(17)} ${level}${what}  ${rest.join(' ')}`.trimEnd();
}

const barLength = 32;

/** The spans of a trace as a picture: one line each, in order, what holds others before them. */
export function drawn(spans: readonly Span[]): string[] {
  const from = Math.min(...spans.map(({ startedAt }) => startedAt));
  const to = Math.max(...spans.map(({ startedAt, endedAt }) => endedAt ?? startedAt));
  const lines: string[] = [];
  const draw = (span: Span, depth: number): void => {
    const end = span.endedAt ?? to;
    const place = (at: number) => Math.round(((at - from) / Math.max(1, to - from)) * barLength);
    const bar =
      ' '.repeat(place(span.startedAt)) +
      '█'.repeat(Math.max(1, place(end) - place(span.startedAt)));
    const ms = span.endedAt === null ? 'goes on' : `${end - span.startedAt} ms`;
    const name = `${'  '.repeat(depth)}${span.name}${span.ok ? '' : ' ✗'}`;
    lines.push(`${name.padEnd(40)} ${bar.padEnd(barLength + 1)} ${ms}`);
    const inside = spans.filter(({ parentId }) => parentId === span.spanId);
    for (const one of inside.toSorted((a, b) => a.startedAt - b.startedAt)) draw(one, depth + 1);
  };
  const known = new Set(spans.map(({ spanId }) => spanId));
  const tops = spans.filter(({ parentId }) => parentId === null || !known.has(parentId));
  for (const one of tops.toSorted((a, b) => a.startedAt - b.startedAt)) draw(one, 0);
  return lines;
}
