/** Connects a step to its queue: a batch is run together and, when that fails, in halves. */
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
import type { Instant } from '../core/kernel/time.ts';
import { logger, observed } from './observe.ts';
import { queueUrl } from './queues.ts';
import { clock } from './world.ts';

const Message = z.strictObject({ ids: z.array(z.string().max(100)).max(doorbellIdsMax) });
type Rung = { record: SQSRecord; ids: readonly string[] };
/** The time that a run may need: two calls one after the other, and a record of the second answer. */
const runMs = 2 * callTimeoutMs + recordReserveMs;
/** `rungAt` is when the last of the doorbells was rung. */
type Run = (
  ids: readonly string[],
  budget: Budget,
  rungAt: Instant,
) => Promise<'done' | 'unfinished'>;

/**
 * The Lambda handler of a step. `run` gets the ids of all messages at once; a message fails only when one of its own ids
 * fails. The messages behind it in its group are handled all the same, because a doorbell only says where to look and has
 * no order. A message that is no doorbell becomes visible at once, and so reaches the dead-letter queue in moments.
 */
export function stepHandler(step: Step, run: Run) {
  // Most functions never need it, and it takes a tenth of their start.
  let sqs: ReturnType<typeof sqsClient> | null = null;
  return observed(async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
    const budget = budgetOf(() => context.getRemainingTimeInMillis());
    const read = event.Records.map((record) => ({ record, ids: idsIn(record) }));
    const rung = read.flatMap(({ record, ids }): Rung[] => (ids === null ? [] : [{ record, ids }]));
    const garbage = read.flatMap(({ record, ids }) => (ids === null ? [record] : []));
    const rungAt = lastSent(rung.map(({ record }) => record));
    const runAt = (ids: readonly string[]) => run(ids, budget, rungAt);
    const left = new Set(await undone(runAt, [...new Set(rung.flatMap(({ ids }) => ids))], budget));
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
      sqs ??= sqsClient();
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
  run: (ids: readonly string[]) => ReturnType<Run>,
  ids: readonly string[],
  budget: Budget,
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  try {
    const end = await run(ids);
    // Nothing is wrong with these ids, and each receive brings a message nearer to the dead letters: sweep rings for them.
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

/** A message without a time counts as sent just now, so that nobody takes it for older than it is. */
function lastSent(records: readonly SQSRecord[]): Instant {
  const times = records.map(({ attributes }) => Number(attributes.SentTimestamp));
  const known = times.length > 0 && times.every(Number.isFinite);
  return known ? (Math.max(...times) as Instant) : clock.now();
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
