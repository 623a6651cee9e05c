/** Connects a step to its queue: a batch is run together and, when that fails, in halves, or each message by itself. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { sqsClient, sqsReceipts } from '../adapters/aws/sqs.ts';
import { keepFailure } from '../adapters/dynamo/step-failures.ts';
import { all } from '../core/kernel/all.ts';
import type { Budget } from '../core/kernel/budget.ts';
import { budgetOf } from '../core/kernel/budget.ts';
import { doorbellIn } from '../core/kernel/doorbell.ts';
import { errorName, whyOf } from '../core/kernel/errors.ts';
import { gathered } from '../core/kernel/gathered.ts';
import {
  callTimeoutMs,
  recordReserveMs,
  stepBatchMax,
  stepRedeliverySeconds,
} from '../core/kernel/limits.ts';
import { count } from '../core/kernel/measure.ts';
import type { Step } from '../core/kernel/steps.ts';
import type { Instant } from '../core/kernel/time.ts';
import { stepHandBackMs } from '../core/outbox/limits.ts';
import { redact } from './environment.ts';
import { logger, observed, publish } from './observe.ts';
import { queueUrl } from './queues.ts';
import { database, tables } from './tables.ts';
import { clock } from './world.ts';

type Receipts = ReturnType<typeof sqsReceipts>;
type Rung = { record: SQSRecord; ids: readonly string[] };
/** The time that a run may need: two calls one after the other, and a record of the second answer. */
const runMs = 2 * callTimeoutMs + recordReserveMs;
const whyKeptMax = 200;
/** `rungAt` is when the last of the doorbells was rung, and `rungFrom` when the first was. */
type Run = (
  ids: readonly string[],
  budget: Budget,
  rungAt: Instant,
  rungFrom: Instant,
) => Promise<'done' | 'unfinished'>;
type RunIds = (ids: readonly string[]) => ReturnType<Run>;
/** Answers the messages that failed. */
type Work = (rung: readonly Rung[], budget: Budget) => Promise<readonly Rung[]>;

/**
 * The Lambda handler of a step. `run` gets the ids of all messages at once; a message fails only when one of its own ids
 * fails. The messages behind it in its group are handled all the same, because a doorbell only says where to look and has
 * no order.
 */
export const stepHandler = (step: Step, run: Run) =>
  handlerOf(step, async (rung, budget) => {
    const { rungFrom, rungAt } = sentIn(rung.map(({ record }) => record));
    const runAt: RunIds = (ids) => run(ids, budget, rungAt, rungFrom);
    const ids = [...new Set(rung.flatMap((one) => one.ids))];
    const left = new Set(await undone(step, runAt, ids, budget));
    return rung.filter((one) => one.ids.some((id) => left.has(id)));
  });

/**
 * The Lambda handler of a step whose messages wait for different parties. `make` is called once for each invocation. The messages are
 * run side by side, and none waits for the end of another: from `stepHandBackMs` on whatever is done is taken from the queue at once, so
 * that its group can go on although the invocation has not ended.
 */
export function eachAlone(step: Step, make: (budget: Budget) => RunIds) {
  const receipts = receiptsOf(step);
  return handlerOf(step, async (rung, budget) => {
    const run = make(budget);
    const done: Rung[] = [];
    let isLate = false;
    const handBack = gathered(stepBatchMax, async (some: readonly Rung[]) => {
      try {
        await receipts().remove(some.map(({ record }) => record.receiptHandle));
      } catch (error) {
        // They are taken from the queue when the invocation has ended, which is only later.
        logger.warn('messages not removed', { step, error: errorName(error), why: whyOf(error) });
      }
      return some;
    });
    const timer = setTimeout(() => {
      isLate = true;
      for (const one of done) void handBack(one);
    }, stepHandBackMs);
    const failed = await all(
      rung.map(async (one) => {
        const left = await undone(step, run, one.ids, budget);
        if (left.length > 0) return [one];
        done.push(one);
        if (isLate && done.length < rung.length) await handBack(one);
        return [];
      }),
    );
    clearTimeout(timer);
    return failed.flat();
  });
}

/** Most invocations never need the client, and making it takes a tenth of a function's start. */
function receiptsOf(step: Step): () => Receipts {
  let receipts: Receipts | null = null;
  return () => {
    receipts ??= sqsReceipts(sqsClient(), () => queueUrl(step));
    return receipts;
  };
}

/** A message that is no doorbell becomes visible at once, and so reaches the dead-letter queue in moments. */
function handlerOf(step: Step, work: Work) {
  const receipts = receiptsOf(step);
  return observed(async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
    const budget = budgetOf(() => context.getRemainingTimeInMillis());
    const began = clock.now();
    const read = event.Records.map((record) => ({ record, ids: idsIn(record) }));
    const rung = read.flatMap(({ record, ids }): Rung[] => (ids === null ? [] : [{ record, ids }]));
    const garbage = read.flatMap(({ record, ids }) => (ids === null ? [record] : []));
    const failed = (await work(rung, budget)).map(({ record }) => record);
    publish([
      count(`done-${step}`, rung.length - failed.length),
      count(`failed-${step}`, failed.length + garbage.length),
      count(`again-${step}`, event.Records.filter(isAgain).length),
      { name: `run-${step}`, unit: 'Milliseconds', value: clock.now() - began },
    ]);
    const again = [
      ...garbage.map((record) => ({ record, seconds: 0 })),
      ...failed.map((record) => ({
        record,
        seconds: stepRedeliverySeconds * Number(record.attributes.ApproximateReceiveCount),
      })),
    ];
    try {
      if (again.length > 0)
        await receipts().show(
          again.map(({ record, seconds }) => ({ handle: record.receiptHandle, seconds })),
        );
    } catch (error) {
      // The message then becomes visible by the queue's own timeout, which is only later.
      logger.warn('visibility not changed', { step, error: errorName(error), why: whyOf(error) });
    }
    return {
      batchItemFailures: [...garbage, ...failed].map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  });
}

/** Whether the message was received before, and so is tried again. */
const isAgain = ({ attributes }: SQSRecord): boolean =>
  Number(attributes.ApproximateReceiveCount) > 1;

/** What is told of a dead letter later. The log has it, too, so nothing depends on it. */
async function keep(step: Step, id: string, error: unknown): Promise<void> {
  const why = redact(whyOf(error)).slice(0, whyKeptMax);
  const failure = { id, name: errorName(error), why, at: clock.now() };
  try {
    await keepFailure(database(), tables(), step, failure);
  } catch (unkept) {
    logger.warn('failure not kept', { step, error: errorName(unkept) });
  }
}

/** Answers the ids that failed. When a run throws, its halves run by themselves, so no id is held up by another that fails. */
async function undone(
  step: Step,
  run: RunIds,
  ids: readonly string[],
  budget: Budget,
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  try {
    const end = await run(ids);
    // Nothing is wrong with these ids, and each receive brings a message nearer to the dead letters: sweep rings for them.
    if (end === 'unfinished') logger.warn('out of time', { step, ids });
    return [];
  } catch (error) {
    if (isUnavailable(error)) return [];
    const [id] = ids;
    if (ids.length === 1 && id !== undefined) {
      logger.error('step failed', { ids, error: error as Error });
      await keep(step, id, error);
      return ids;
    }
    logger.warn('batch failed; each half by itself', { error: errorName(error) });
  }
  const middle = Math.ceil(ids.length / 2);
  const left: string[] = [];
  for (const half of [ids.slice(0, middle), ids.slice(middle)])
    left.push(...(budget.remainingMs() < runMs ? half : await undone(step, run, half, budget)));
  return left;
}

/** Messages of which one has no time count as sent just now, so that nobody takes it for older than it is. */
function sentIn(records: readonly SQSRecord[]): { rungFrom: Instant; rungAt: Instant } {
  const sent = records.map(({ attributes }) => Number(attributes.SentTimestamp));
  const times = sent.length > 0 && sent.every(Number.isFinite) ? sent : [clock.now()];
  return { rungFrom: Math.min(...times) as Instant, rungAt: Math.max(...times) as Instant };
}

/** Whether an outside system or our keys did not answer. Nothing was decided then: sweep rings again, and the message counts as done. */
function isUnavailable(error: unknown): boolean {
  if (!['UnavailableError', 'KeysAwayError'].includes(errorName(error))) return false;
  logger.warn('outside system unavailable', error as Error);
  return true;
}

/** The ids of a message; `null` when it is no doorbell. */
function idsIn(record: SQSRecord): readonly string[] | null {
  try {
    return doorbellIn(record.body);
  } catch (error) {
    logger.error('not a doorbell', { messageId: record.messageId, error: errorName(error) });
    return null;
  }
}
