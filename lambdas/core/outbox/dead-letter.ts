/** Reads what retell is asked for: everything that is left, a span of time, or the span of a dead letter of who reads the stream. */
import * as z from 'zod';
import type { Instant } from '../kernel/time.ts';
import {
  type StreamLetter,
  type StreamReader,
  streamLetterOf,
  streamReaders,
} from '../operations/stream-letter.ts';
import { deadLetterSlackMs } from './limits.ts';
import type { Retold } from './retell.ts';
import type { Span } from './tell-anew.ts';

/** `letters`: whose dead letters of this span have done their service when all of it is told. */
export type Named = Span & { letters?: StreamReader | undefined };

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const named = z.strictObject({
  from: time,
  until: time,
  letters: z.enum(streamReaders).optional(),
});
/** EventBridge's tick has these two (EventBridge guide, "AWS events"). */
const tick = z.object({ source: z.literal('aws.events'), 'detail-type': z.string() });

/** What an operator asks for comes by a queue, one at a time (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
const errand = z.object({
  Records: z.tuple([z.object({ eventSource: z.literal('aws:sqs'), body: z.string() })]),
});

/** Throws for anything else: to look at another span than was meant would say that all is told. */
export function spanIn(event: unknown): Named | 'rest' {
  if (tick.safeParse(event).success) return 'rest';
  const sent = errand.safeParse(event);
  if (sent.success) return spanIn(JSON.parse(sent.data.Records[0].body));
  const letter = streamLetterOf(event);
  if (letter !== null) return spanOfLetters([letter]);
  const { from, until, letters } = named.parse(event);
  if (from > until) throw new Error('the span ends before it begins');
  return {
    from: from as Instant,
    until: until as Instant,
    ...(letters === undefined ? {} : { letters }),
  };
}

/** The time that all of them are about. A letter says when its records were written by a clock that is not ours. */
export const spanOfLetters = (letters: readonly StreamLetter[]): Span => ({
  from: (Math.min(...letters.map(({ first }) => first)) - deadLetterSlackMs) as Instant,
  until: (Math.max(...letters.map(({ last }) => last)) + deadLetterSlackMs) as Instant,
});

/** Whether all that this letter is about is told, after a look at the span. What could not be read is told by nobody yet. */
export const isDoneWith = (
  span: Span,
  { unreadable, isWhole }: Pick<Retold, 'unreadable' | 'isWhole'>,
  letter: StreamLetter | null,
): boolean => {
  if (letter === null || !isWhole) return false;
  const { from, until } = spanOfLetters([letter]);
  if (from < span.from || until > span.until) return false;
  const { item } = letter;
  if (unreadable.length === 0) return true;
  return item !== null && !unreadable.some((said) => said.includes(item));
};
