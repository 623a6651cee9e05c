/** What is counted of withdrawals, and how much waits in the queues and was put aside. */
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { sqsClient } from '../../adapters/aws/sqs.ts';
import { dynamoStats } from '../../adapters/dynamo/stats.ts';
import { deadLettersUrl } from '../../boot/dead-letters.ts';
import { queueUrl } from '../../boot/queues.ts';
import { database, tables } from '../../boot/tables.ts';
import { all } from '../../core/kernel/all.ts';
import { steps } from '../../core/kernel/steps.ts';
import { letterBoxes } from '../../core/operations/dead-letters.ts';
import { statsOf } from '../../core/operations/stats.ts';
import type { Handlers } from '../perform.ts';

const sqs = sqsClient();
const stats = dynamoStats(database(), tables());

/** What waits there, and what somebody has in hand. */
async function depthOf(QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  const { ApproximateNumberOfMessages = 0, ApproximateNumberOfMessagesNotVisible = 0 } = Attributes;
  return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible);
}
const depths = async <Name extends string>(
  names: readonly Name[],
  urlOf: (name: Name) => string,
): Promise<Record<string, number>> =>
  Object.fromEntries(
    await all(names.map(async (name) => [name, await depthOf(urlOf(name))] as const)),
  );

export const handlers = {
  getStats: async () => {
    const [counts, queueDepth, deadLetters] = await Promise.all([
      stats.total(),
      depths(steps, queueUrl),
      depths(letterBoxes, deadLettersUrl),
    ]);
    return { status: 200, body: { ...statsOf(counts), queueDepth, deadLetters } };
  },
} satisfies Handlers;
