/** Rings doorbells as messages of SQS FIFO queues. A message holds ids only. */
import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { sha256 } from '../../core/kernel/ids.ts';
import type { Step } from '../../core/kernel/steps.ts';
import type { Doorbell, Doorbells } from '../../core/outbox/doorbells.ts';
import { countCalls, counted } from '../dynamo/usage.ts';
import { thin } from './thin/thin.ts';

/** The most entries of one batch (SQS API reference, "SendMessageBatch"). */
const sendBatchMax = 10;

/** A client whose calls are counted (adapters/dynamo/usage.ts). */
export function sqsClient(): SQSClient {
  const client = new SQSClient({});
  countCalls(client.middlewareStack);
  return thin(client, counted);
}

/** A batch can succeed in part, with status 200 (SQS API reference, "SendMessageBatch"). */
function throwIfSome(failed: readonly BatchResultErrorEntry[] | undefined, what: string): void {
  const [first] = failed ?? [];
  if (first !== undefined) throw new Error(`${failed?.length} ${what}: ${first.Code}`);
}

/** What a step does with messages that it has received, at most ten at a time. Throws when a single one could not be dealt with. */
export function sqsReceipts(client: SQSClient, url: () => string) {
  return {
    /** Takes them from the queue. Lambda does it again when the invocation ends, which changes nothing. */
    remove: async (handles: readonly string[]): Promise<void> => {
      const Entries = handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      const { Failed } = await client.send(
        new DeleteMessageBatchCommand({ QueueUrl: url(), Entries }),
      );
      throwIfSome(Failed, 'messages were not removed');
    },
    /** Makes each visible again after so many seconds. */
    show: async (messages: readonly { handle: string; seconds: number }[]): Promise<void> => {
      if (messages.length === 0) return;
      const Entries = messages.map(({ handle, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: handle,
        VisibilityTimeout: seconds,
      }));
      const { Failed } = await client.send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl: url(), Entries }),
      );
      throwIfSome(Failed, 'messages stay invisible');
    },
  };
}

/** The Doorbells port. `ring` throws when a single doorbell was not taken; those that were taken stay rung. */
export function sqsDoorbells(client: SQSClient, urlOf: (step: Step) => string): Doorbells {
  const sendTen = async (step: Step, doorbells: readonly Doorbell[]): Promise<void> => {
    const { Failed } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: urlOf(step),
        Entries: doorbells.map(({ group, ids, cause }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ ids }),
          MessageGroupId: group,
          // SQS drops a known id for five minutes even when its message was handled, so each cause rings with its own id.
          MessageDeduplicationId: sha256(`${group} ${ids.join(' ')} ${cause}`),
        })),
      }),
    );
    throwIfSome(Failed, `doorbells of ${step} were not sent`);
  };
  return {
    ring: async (doorbells) => {
      const steps = new Set(doorbells.map(({ step }) => step));
      await Promise.all(
        [...steps].map(async (step) => {
          const ofStep = doorbells.filter((one) => one.step === step);
          for (let start = 0; start < ofStep.length; start += sendBatchMax)
            await sendTen(step, ofStep.slice(start, start + sendBatchMax));
        }),
      );
    },
  };
}
