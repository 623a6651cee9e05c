/** Doorbells as SQS FIFO messages: ids only, in the group's order. */
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { sha256 } from '../../core/kernel/ids.ts';
import type { Step } from '../../core/kernel/steps.ts';
import type { Doorbell, Doorbells } from '../../core/outbox/doorbells.ts';
import { countCalls } from '../dynamo/usage.ts';

/** AWS: SendMessageBatch, 10 entries. */
const sendBatchMax = 10;

export function sqsClient(): SQSClient {
  const client = new SQSClient({});
  countCalls(client.middlewareStack);
  return client;
}

export function sqsDoorbells(client: SQSClient, urlOf: (step: Step) => string): Doorbells {
  const sendTen = async (step: Step, doorbells: readonly Doorbell[]): Promise<void> => {
    const { Failed } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: urlOf(step),
        Entries: doorbells.map(({ group, ids, cause }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ ids }),
          MessageGroupId: group,
          // SQS drops a repetition for five minutes, also when the first was handled long ago: what rings anew needs an id of
          // its own.
          MessageDeduplicationId: sha256(`${group} ${ids.join(' ')} ${cause}`),
        })),
      }),
    );
    // A batch can succeed in part, with status 200 (reliability.md O6).
    const lost = Failed?.[0];
    if (lost !== undefined)
      throw new Error(`${Failed?.length} doorbells of ${step} were not sent: ${lost.Code}`);
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
