/** Builds what reads and redrives dead letters. */
import { sqsDeadLetters } from '../adapters/aws/dead-letters.ts';
import { sqsClient } from '../adapters/aws/sqs.ts';
import { failureFrom, failureKey } from '../adapters/dynamo/step-failures.ts';
import { batchGet } from '../adapters/dynamo/store.ts';
import type { LetterBox, LetterStore } from '../core/operations/dead-letters.ts';
import type { Errand } from '../core/operations/redrive.ts';
import { spanIn } from '../core/outbox/dead-letter.ts';
import type { Span } from '../core/outbox/retell.ts';
import { required } from './environment.ts';
import { sendErrand } from './errands.ts';
import { database, tables } from './tables.ts';

export const deadLettersUrl = (box: LetterBox): string =>
  required(`DEAD_LETTERS_URL_${box.toUpperCase().replaceAll('-', '_')}`);

export const bootLetters = (): LetterStore => ({
  ...sqsDeadLetters(sqsClient(), deadLettersUrl),
  failures: async (step, ids) => {
    const keys = ids.map((id) => failureKey(step, id));
    return (await batchGet(database(), tables().control, keys)).map(failureFrom);
  },
});

/** One look at the time that all of them are about together: what is told already is not told again. */
export const bootErrand = (): Errand => ({
  retell: async (letters) => {
    const spans = letters.flatMap((body): Span[] => {
      const span = spanIn(JSON.parse(body));
      return span === 'rest' ? [] : [span];
    });
    if (spans.length === 0) return 'nothing';
    const from = new Date(Math.min(...spans.map((span) => span.from))).toISOString();
    const until = new Date(Math.max(...spans.map((span) => span.until))).toISOString();
    await sendErrand('RETELL', { from, until });
    return 'asked';
  },
});
