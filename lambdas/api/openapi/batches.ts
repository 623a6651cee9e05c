/** Batches of withdrawals in the OpenAPI document: the schemas of their answers, and what is said of the operations. */
import * as z from 'zod';
import { batchLinesMax } from '../../core/requests/batch-limits.ts';
import { statuses } from '../../core/withdrawal/withdrawal.ts';
import type { OperationName } from '../operations.ts';
import { type Description, ok } from './description.ts';
import { idOf, Problem, time, Withdrawal } from './resources.ts';

export const withdrawalBatchId = idOf('wb', 'Id of a batch of withdrawals');

const key = z
  .string()
  .nullable()
  .meta({ description: 'The key of the line as it was sent; null where it had none.' });

const LineAnswer = z
  .object({
    key,
    status: z
      .int()
      .min(200)
      .max(499)
      .meta({ description: 'The status with which the line alone would have been answered.' }),
    withdrawal: Withdrawal.optional(),
    error: Problem.optional(),
  })
  .meta({
    id: 'WithdrawalBatchResult',
    description:
      '202: the withdrawal has just been created. 200: it was there. Anything else: no withdrawal, and `error` says why; its pointers are into the line.',
  });

const BatchAnswer = z
  .object({
    id: withdrawalBatchId,
    results: z
      .array(LineAnswer)
      .min(1)
      .max(batchLinesMax)
      .meta({ description: 'One for each line, in their order.' }),
  })
  .meta({ id: 'WithdrawalBatchAnswer' });

const Batch = z
  .object({
    id: withdrawalBatchId,
    total: z.int().min(1).max(batchLinesMax).meta({ description: 'Lines of the batch.' }),
    byStatus: z.partialRecord(z.enum([...statuses, 'REFUSED']), z.int().min(1)).meta({
      description:
        'How many lines have a withdrawal of this status; `REFUSED`: a line that was refused. They add up to `total` unless the batch was broken off: then send it again.',
      examples: [{ COMPLETED: 497, PROCESSING: 2, REFUSED: 1 }],
    }),
    createdAt: time,
  })
  .meta({ id: 'WithdrawalBatch' });

const again = 'The same batch was accepted before: what became of each line, as it is now.';

export const batchDescriptions = {
  createWithdrawalBatch: {
    tag: 'Withdrawals',
    summary: 'Post up to 500 withdrawals at once',
    description:
      'Each line stands alone, under its own key, exactly as if it had been posted by `POST /v1/withdrawals`: one that is refused changes nothing for the others. Lines of one wallet are accepted in their order. The Idempotency-Key of the batch replays the whole: no line that was refused is tried again by it. When the answer is 503 some lines may have been accepted: send the same batch again, and it goes on where it was left. Each line counts against the rate of the key.',
    answers: {
      202: { is: 'Accepted, each line as its result says.', schema: BatchAnswer },
      200: { is: again, schema: BatchAnswer },
    },
  },
  getWithdrawalBatch: {
    tag: 'Withdrawals',
    summary: 'How far a batch has come',
    description: 'Its withdrawals are listed by `GET /v1/withdrawals?batchId=`.',
    answers: ok('The batch.', Batch),
  },
} satisfies Partial<Record<OperationName, Description>>;
