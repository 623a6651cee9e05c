/** Keeps spans in a file of this machine, a line of JSON for each, and reads those of one trace. */
import { appendFileSync, createReadStream, existsSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import type { Instant } from '../../core/kernel/time.ts';
import type { Span, Tracing } from '../../core/withdrawal/trace.ts';

/** One write for an invocation: several processes append to the same file, and each write of them stays whole. */
export function fileTracing(file: string): Tracing {
  let lines = '';
  /** It stays open: opening and closing it would cost more than the write. */
  let opened: number | null = null;
  return {
    take: (span) => {
      if (span.endedAt !== null) lines += `${JSON.stringify(span)}\n`;
    },
    flush: async () => {
      const text = lines;
      lines = '';
      try {
        if (text === '') return;
        opened ??= openSync(file, 'a');
        appendFileSync(opened, text);
      } catch {
        // A full disk holds up no payment; the timeline has the stages.
      }
    },
  };
}

const instant = z.number().transform((ms) => ms as Instant);
const Line = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentId: z.string().nullable(),
  name: z.string(),
  startedAt: instant,
  endedAt: instant.nullable(),
  ok: z.boolean(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** The spans of a trace. A line that is being written, or is no span, is left out. */
export async function spansIn(file: string, traceId: string): Promise<Span[]> {
  if (!existsSync(file)) return [];
  const spans: Span[] = [];
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line.includes(traceId)) spans.push(...(spanIn(line) ?? []));
  return spans.filter((span) => span.traceId === traceId);
}

function spanIn(line: string): [Span] | null {
  try {
    return [Line.parse(JSON.parse(line))];
  } catch {
    return null;
  }
}
