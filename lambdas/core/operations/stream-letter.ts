/**
 * The dead letters of those who read the money table's stream: they name places of the stream, which keeps its records for a
 * day, and the time of them. So what they were about is made anew from the items' own history (core/outbox/retell.ts).
 */
import * as z from 'zod';
import type { Instant } from '../kernel/time.ts';

export const streamReaders = ['relay', 'bus'] as const;
export type StreamReader = (typeof streamReaders)[number];
export const isStreamReader = (box: string): box is StreamReader =>
  (streamReaders as readonly string[]).includes(box);

export type StreamLetter = {
  /** When the first and the last of its records were written, to the second. */
  first: Instant;
  last: Instant;
  /** Why they were put aside; `null`: it does not say. */
  why: string | null;
  /** The item that it is about, where it is about one only. */
  item: string | null;
};

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text) as Instant);
/**
 * Lambda's own (AWS Lambda guide, "Retain records of failed invocations"), which say in a word why, and ours of a single record
 * (adapters/aws/put-aside.ts).
 */
const Letter = z.object({
  DDBStreamBatchInfo: z.object({
    approximateArrivalOfFirstRecord: time,
    approximateArrivalOfLastRecord: time,
  }),
  requestContext: z.object({ condition: z.string().optional() }).optional(),
  why: z.string().optional(),
  item: z.string().optional(),
});

/** `null`: it is none. */
export function streamLetterOf(given: unknown): StreamLetter | null {
  const read = Letter.safeParse(given);
  if (!read.success) return null;
  const { DDBStreamBatchInfo: batch, requestContext, why, item } = read.data;
  const { approximateArrivalOfFirstRecord: first, approximateArrivalOfLastRecord: last } = batch;
  if (first > last) return null;
  return { first, last, why: why ?? requestContext?.condition ?? null, item: item ?? null };
}

export function streamLetterIn(body: string): StreamLetter | null {
  try {
    return streamLetterOf(JSON.parse(body));
  } catch {
    return null; // Whatever it is, it is shown as what nobody can read.
  }
}
