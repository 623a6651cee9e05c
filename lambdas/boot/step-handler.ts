/** How a step meets its queue: one batch together, and when that fails what it is made of by itself. */
import type { ChangeMessageVisibilityBatchRequestEntry } from '@aws-sdk/client-sqs';
import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { sqsClient } from '../adapters/aws/sqs.ts';
import type { Budget } from '../core/kernel/budget.ts';
import { budgetOf } from '../core/kernel/budget.ts';
import { errorName } from '../core/kernel/errors.ts';
import {
  callTimeoutMs,
  doorbellIdsMax,
  recordReserveMs,
  stepRedeliverySeconds,
} from '../core/kernel/limits.ts';
import type { Step } from '../core/kernel/steps.ts';
import { logger, observed } from './observe.ts';
import { queueUrl } from './queues.ts';

const Message = z.strictObject({ ids: z.array(z.string().max(100)).max(doorbellIdsMax) });
type Rung = { record: SQSRecord; ids: readonly string[] };
/** What a run may take: two calls one after the other, and recording what the second answered. */
const runMs = 2 * callTimeoutMs + recordReserveMs;
type Run = (ids: readonly string[], budget: Budget) => Promise<'done' | 'unfinished'>;

/**
 * Makes the Lambda of a step. `run` gets the ids of all messages at once; a message fails only when one of its own ids
 * does. What follows it in its group is done all the same: a doorbell says where to look, and has no order. What is no
 * doorbell holds up nobody: it is shown again at once, and so is in the dead-letter queue in a moment.
 */
export function stepHandler(step: Step, run: Run) {
  const sqs = sqsClient();
  return observed(async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
    const budget = budgetOf(() => context.getRemainingTimeInMillis());
    const read = event.Records.map((record) => ({ record, ids: idsIn(record) }));
    const rung = read.flatMap(({ record, ids }): Rung[] => (ids === null ? [] : [{ record, ids }]));
    const garbage = read.flatMap(({ record, ids }) => (ids === null ? [record] : []));
    const left = new Set(await undone(run, [...new Set(rung.flatMap(({ ids }) => ids))], budget));
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
      // The queue's own visibility timeout does the same, only later.
      logger.warn('visibility not changed', { step, error: errorName(error) });
    }
  }
}

/**
 * The ids that are not done. When a run throws, each half of it is run by itself, down to the ids that throw alone: so
 * whatever shares a message, a batch or a group with a poisonous withdrawal is done without it.
 */
async function undone(
  run: Run,
  ids: readonly string[],
  budget: Budget,
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  try {
    const end = await run(ids, budget);
    // Nothing is wrong with them: given back, they would come nearer to the dead letters. Sweep rings for what is left.
    if (end === 'unfinished') logger.warn('out of time', { ids });
    return [];
  } catch (error) {
    if (isUnavailable(error)) return [];
    if (ids.length === 1) {
      logger.error('step failed', { ids, error: error as Error });
      return ids;
    }
    logger.warn('batch failed; each half by itself', { error: errorName(error) });
  }
  const middle = Math.ceil(ids.length / 2);
  const left: string[] = [];
  for (const half of [ids.slice(0, middle), ids.slice(middle)])
    left.push(...(budget.remainingMs() < runMs ? half : await undone(run, half, budget)));
  return left;
}

/** An outside system did not answer: nothing was decided, sweep rings again when it is due, the group need not wait. */
function isUnavailable(error: unknown): boolean {
  if (errorName(error) !== 'UnavailableError') return false;
  logger.warn('outside system unavailable', error as Error);
  return true;
}

/** The ids of a message; `null` for one that is no doorbell of ours, which ends in the dead-letter queue. */
function idsIn(record: SQSRecord): readonly string[] | null {
  try {
    return Message.parse(JSON.parse(record.body)).ids;
  } catch (error) {
    logger.error('not a doorbell', { messageId: record.messageId, error: errorName(error) });
    return null;
  }
}
