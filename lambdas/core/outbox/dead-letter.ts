/** Reads what retell is asked for: everything that is left, a span of time, or the span of a dead letter of the relay. */
import * as z from 'zod';
import type { Instant } from '../kernel/time.ts';
import { deadLetterSlackMs } from './limits.ts';
import type { Span } from './retell.ts';

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
/** AWS Lambda guide, "Retain records of failed invocations": such a message names records of the stream, and has none of them. */
const deadLetter = z.object({
  DDBStreamBatchInfo: z.object({
    approximateArrivalOfFirstRecord: time,
    approximateArrivalOfLastRecord: time,
  }),
});
const named = z.strictObject({ from: time, until: time });
/** EventBridge's tick has these two (EventBridge guide, "AWS events"). */
const tick = z.object({ source: z.literal('aws.events'), 'detail-type': z.string() });

/** What an operator asks for comes by a queue, one at a time (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const errand = z.object({
  Records: z.tuple([z.object({ eventSource: z.literal('aws:sqs'), body: z.string() })]),
});

/** Throws for anything else: to look at another span than was meant would say that all is told. */
export function spanIn(event: unknown): Span | 'rest' {
  if (tick.safeParse(event).success) return 'rest';
  const sent = errand.safeParse(event);
  if (sent.success) return spanIn(JSON.parse(sent.data.Records[0].body));
  const letter = deadLetter.safeParse(event);
  if (letter.success) {
    const { approximateArrivalOfFirstRecord: first, approximateArrivalOfLastRecord: last } =
      letter.data.DDBStreamBatchInfo;
    return spanOf(first - deadLetterSlackMs, last + deadLetterSlackMs);
  }
  const { from, until } = named.parse(event);
  return spanOf(from, until);
}

function spanOf(from: number, until: number): Span {
  if (from > until) throw new Error('the span ends before it begins');
  return { from: from as Instant, until: until as Instant };
}
