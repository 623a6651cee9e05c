/** How a step meets its queue: one batch together, and when that fails each message by itself. */
import type { ChangeMessageVisibilityBatchRequestEntry } from '@aws-sdk/client-sqs';
import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { sqsClient } from '../adapters/sqs.ts';
import { queueUrl } from '../boot.ts';
import { errorName } from '../core/errors.ts';
import { doorbellIdsMax, type Step, stepRedeliverySeconds } from '../core/limits.ts';
import type { Budget } from '../core/ports.ts';
import { logger, observed } from '../observe.ts';

const Message = z.strictObject({ ids: z.array(z.string().max(100)).max(doorbellIdsMax) });
type Rung = { record: SQSRecord; ids: readonly string[] };
type Run = (ids: readonly string[], budget: Budget) => Promise<'done' | 'unfinished'>;

/**
 * Makes the Lambda of a step. `run` gets the ids of all messages at once; if it throws, each message is run alone, in
 * order, so that one poisonous withdrawal fails only its own message and what follows it in its group. What is no
 * doorbell holds up nobody: it is shown again at once, and so is in the dead-letter queue in a moment.
 */
export function stepHandler(step: Step, run: Run) {
  const sqs = sqsClient();
  return observed(async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
    const budget: Budget = { remainingMs: () => context.getRemainingTimeInMillis() };
    const read = event.Records.map((record) => ({ record, ids: idsIn(record) }));
    const rung = read.flatMap(({ record, ids }): Rung[] => (ids === null ? [] : [{ record, ids }]));
    const garbage = read.flatMap(({ record, ids }) => (ids === null ? [record] : []));
    const failed = (await together(run, rung, budget)) ? [] : await oneByOne(run, rung, budget);
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

async function together(run: Run, rung: readonly Rung[], budget: Budget): Promise<boolean> {
  const ids = new Set(rung.flatMap((one) => one.ids));
  if (ids.size === 0) return true;
  try {
    return (await run([...ids], budget)) === 'done';
  } catch (error) {
    if (isUnavailable(error)) return true;
    logger.warn('batch failed; each message by itself', { error: errorName(error) });
    return false;
  }
}

async function oneByOne(run: Run, rung: readonly Rung[], budget: Budget): Promise<SQSRecord[]> {
  const failed: SQSRecord[] = [];
  const blocked = new Set<string>();
  for (const { record, ids } of rung) {
    const group = record.attributes.MessageGroupId ?? record.messageId;
    if (!blocked.has(group) && (await succeeds(run, ids, budget))) continue;
    // The rest of its group goes back with it, so that it comes again in order.
    blocked.add(group);
    failed.push(record);
  }
  return failed;
}

async function succeeds(run: Run, ids: readonly string[], budget: Budget): Promise<boolean> {
  try {
    return (await run(ids, budget)) === 'done';
  } catch (error) {
    if (isUnavailable(error)) return true;
    logger.error('step failed', { ids, error: error as Error });
    return false;
  }
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
