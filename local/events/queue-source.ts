/** Runs an SQS event source mapping: takes messages from a queue, invokes the function, and deletes what succeeded. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SqsEngine, SqsMessage } from '../engines/sqs-engine.ts';
import type { WorkerPool } from '../lambda/worker-pool.ts';
import { region } from '../template/aws-names.ts';
import { queueArnOf } from '../template/identities.ts';
import { failedItems } from './batch-response.ts';

export type QueueSourceOptions = {
  sqs: Pick<SqsEngine, 'receive' | 'delete'>;
  queue: string;
  pool: Pick<WorkerPool, 'invoke' | 'size' | 'onGrown'>;
  /** The most messages in one batch: at most 10 from a FIFO queue, as on AWS. */
  batchSize: number;
  /** The most batches at the same time (`MaximumConcurrency`). */
  concurrencyMax: number;
  /** Whether the answer names failed items (`ReportBatchItemFailures`). Else a batch succeeds or fails as a whole. */
  reportsFailures: boolean;
};
export type EventSource = {
  /** Takes no more items, and resolves when those that were taken are done. */
  stop(): Promise<void>;
};

const retryMs = 1_000;

/**
 * Starts the mapping. Failed messages are left to the queue's visibility timeout and redrive policy. The queue gives none of
 * a group of which one is in flight, so a group is never in two batches at once.
 */
export function startQueueSource(options: QueueSourceOptions): EventSource {
  const { sqs, queue, pool, batchSize, concurrencyMax } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let wake = (): void => {};
  pool.onGrown(() => wake());

  /** One batch more than there are workers is taken. The other messages wait in the queue, where batches become fuller. */
  const roomForOne = async (): Promise<void> => {
    while (running.size >= Math.min(concurrencyMax, pool.size() + 1))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await roomForOne();
      const messages = await sqs.receive(queue, batchSize, stopping.signal);
      if (messages.length === 0) continue;
      const batch = work(options, messages).finally(() => {
        running.delete(batch);
        wake();
      });
      running.add(batch);
    }
  };
  const pollForEver = async (): Promise<void> => {
    while (!stopping.signal.aborted)
      try {
        await poll();
      } catch (error) {
        console.error(`Polling ${queue} failed, and is tried again`, error);
        await delay(retryMs);
      }
  };
  const polling = pollForEver();
  return {
    stop: async () => {
      stopping.abort();
      await polling;
      await Promise.all(running);
    },
  };
}

async function work(
  { sqs, queue, pool, reportsFailures }: QueueSourceOptions,
  messages: readonly SqsMessage[],
): Promise<void> {
  const event = { Records: messages.map((message) => recordOf(queue, message)) };
  const invocation = await pool.invoke(JSON.stringify(event));
  if (!invocation.ok) return;
  const ids = messages.map(({ message }) => message.messageId);
  const failed = reportsFailures ? failedItems(invocation.payload, ids) : new Set();
  sqs.delete(
    queue,
    messages.flatMap(({ message, receiptHandle }) =>
      failed.has(message.messageId) ? [] : [receiptHandle],
    ),
  );
}

/** A message as Lambda hands it to a function (AWS Lambda guide, "SQS event"). */
const recordOf = (queue: string, { receiptHandle, message }: SqsMessage) => ({
  messageId: message.messageId,
  receiptHandle,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.approximateReceiveCount),
    SentTimestamp: String(message.sentTimestamp),
    SenderId: 'local',
    ApproximateFirstReceiveTimestamp: String(message.approximateFirstReceiveTimestamp),
    ...(message.messageGroupId !== undefined && {
      SequenceNumber: message.sequenceNumber,
      MessageGroupId: message.messageGroupId,
      MessageDeduplicationId: message.messageDeduplicationId,
    }),
  },
  messageAttributes: Object.fromEntries(
    Object.entries(message.messageAttributes).map(
      ([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          dataType: DataType,
          ...(StringValue !== undefined && { stringValue: StringValue }),
          ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
        },
      ],
    ),
  ),
  md5OfBody: message.md5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArnOf(queue),
  awsRegion: region,
});
