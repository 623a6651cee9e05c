/** Builds what reads, redrives and takes away dead letters. */
import { sqsDeadLetters } from '../adapters/aws/dead-letters.ts';
import { sqsClient } from '../adapters/aws/sqs.ts';
import { failureFrom, failureKey } from '../adapters/dynamo/step-failures.ts';
import { batchGet } from '../adapters/dynamo/store.ts';
import type { LetterBox, LetterStore } from '../core/operations/dead-letters.ts';
import type { Errand } from '../core/operations/redrive.ts';
import { spanOfLetters } from '../core/outbox/dead-letter.ts';
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
  retell: async (of, letters) => {
    const { from, until } = spanOfLetters(letters);
    const [first, last] = [from, until].map((at) => new Date(at).toISOString());
    await sendErrand('RETELL', { from: first, until: last, letters: of });
  },
});
