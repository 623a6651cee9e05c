/** Connects a step to its queue: a batch is run together and, when that fails, in halves. */
import type { ChangeMessageVisibilityBatchRequestEntry } from '@aws-sdk/client-sqs';
import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { sqsClient } from '../adapters/aws/sqs.ts';
import { keepFailure } from '../adapters/dynamo/step-failures.ts';
import type { Budget } from '../core/kernel/budget.ts';
import { budgetOf } from '../core/kernel/budget.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import {
  callTimeoutMs,
  doorbellIdsMax,
  recordReserveMs,
  stepRedeliverySeconds,
} from '../core/kernel/limits.ts';
import type { Step } from '../core/kernel/steps.ts';
import { redact } from './environment.ts';
import { logger, observed } from './observe.ts';
import { queueUrl } from './queues.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

const Message = z.strictObject({ ids: z.array(z.string().max(100)).max(doorbellIdsMax) });
type Rung = { record: SQSRecord; ids: readonly string[] };
/** The time that a run may need: two calls one after the other, and a record of the second answer. */
const runMs = 2 * callTimeoutMs + recordReserveMs;
const whyKeptMax = 200;
type Run = (ids: readonly string[], budget: Budget) => Promise<'done' | 'unfinished'>;

/**
 * The Lambda handler of a step. `run` gets the ids of all messages at once; a message fails only when one of its own ids
 * fails. The messages behind it in its group are handled all the same, because a doorbell only says where to look and has
 * no order. A message that is no doorbell becomes visible at once, and so reaches the dead-letter queue in moments.
 */
export function stepHandler(step: Step, run: Run) {
  const sqs = sqsClient();
  return observed(async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
    const budget = budgetOf(() => context.getRemainingTimeInMillis());
    const read = event.Records.map((record) => ({ record, ids: idsIn(record) }));
    const rung = read.flatMap(({ record, ids }): Rung[] => (ids === null ? [] : [{ record, ids }]));
    const garbage = read.flatMap(({ record, ids }) => (ids === null ? [record] : []));
    const ids = [...new Set(rung.flatMap((one) => one.ids))];
    const left = new Set(await undone(run, ids, budget, keep));
    const failed = rung
      .filter(({ ids }) => ids.some((id) => left.has(id)))
      .map(({ record }) => record);
    await showAgain([
      ...garbage.map((record) => ({ record, seconds: 0 })),
      ...failed.map((record) => ({
        record,
        seconds: stepRedeliverySeconds * Number(record.attributes.ApproximateReceiveCount),
      })),
    ]);
    return {
      batchItemFailures: [...garbage, ...failed].map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  });

  /** What is told of a dead letter later. The log has it, too, so nothing depends on it. */
  async function keep(id: string, error: unknown): Promise<void> {
    const why = redact(whyOf(error)).slice(0, whyKeptMax);
    const failure = { id, name: errorName(error), why, at: clock.now() };
    try {
      await keepFailure(database(), tables(), step, failure);
    } catch (unkept) {
      logger.warn('failure not kept', { step, error: errorName(unkept) });
    }
  }

  async function showAgain(messages: readonly { record: SQSRecord; seconds: number }[]) {
    if (messages.length === 0) return;
    const Entries = messages.map(
      ({ record, seconds }, index): ChangeMessageVisibilityBatchRequestEntry => ({
        Id: String(index),
        ReceiptHandle: record.receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
    try {
      await sqs.send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl(step), Entries }),
      );
    } catch (error) {
      // The message then becomes visible by the queue's own timeout, which is only later.
      logger.warn('visibility not changed', { step, error: errorName(error) });
    }
  }
}

/** Answers the ids that failed. When a run throws, its halves run by themselves, so no id is held up by another that fails. */
async function undone(
  run: Run,
  ids: readonly string[],
  budget: Budget,
  keep: (id: string, error: unknown) => Promise<void>,
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  try {
    const end = await run(ids, budget);
    // Nothing is wrong with these ids, and each receive brings a message nearer to the dead letters: sweep rings for them.
    if (end === 'unfinished') logger.warn('out of time', { ids });
    return [];
  } catch (error) {
    if (isUnavailable(error)) return [];
    const [id] = ids;
    if (ids.length === 1 && id !== undefined) {
      logger.error('step failed', { ids, error: error as Error });
      await keep(id, error);
      return ids;
    }
    logger.warn('batch failed; each half by itself', { error: errorName(error) });
  }
  const middle = Math.ceil(ids.length / 2);
  const left: string[] = [];
  for (const half of [ids.slice(0, middle), ids.slice(middle)])
    left.push(...(budget.remainingMs() < runMs ? half : await undone(run, half, budget, keep)));
  return left;
}

/** Whether an outside system did not answer. Nothing was decided then: sweep rings again, and the message counts as done. */
function isUnavailable(error: unknown): boolean {
  if (errorName(error) !== 'UnavailableError') return false;
  logger.warn('outside system unavailable', error as Error);
  return true;
}

/** The ids of a message; `null` when it is no doorbell. */
function idsIn(record: SQSRecord): readonly string[] | null {
  try {
    return Message.parse(JSON.parse(record.body)).ids;
  } catch (error) {
    logger.error('not a doorbell', { messageId: record.messageId, error: errorName(error) });
    return null;
  }
}
