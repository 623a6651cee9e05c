/** What is counted of withdrawals and waits in the queues, the dead letters, and whatever else somebody has rung for. */
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { sqsClient } from '../../adapters/aws/sqs.ts';
import { dynamoStats } from '../../adapters/dynamo/stats.ts';
import { bootErrand, bootLetters, deadLettersUrl } from '../../boot/dead-letters.ts';
import { sendErrand } from '../../boot/errands.ts';
import { logger } from '../../boot/observe.ts';
import { queueUrl } from '../../boot/queues.ts';
import { bootStore } from '../../boot/store.ts';
import { database, tables } from '../../boot/tables.ts';
import { clock } from '../../boot/world.ts';
import { all } from '../../core/kernel/all.ts';
import { steps } from '../../core/kernel/steps.ts';
import { timeOf } from '../../core/kernel/time.ts';
import { isLetterBox, letterBoxes, showLetters } from '../../core/operations/dead-letters.ts';
import { loggedAs } from '../../core/operations/principal.ts';
import { redrive } from '../../core/operations/redrive.ts';
import { statsOf } from '../../core/operations/stats.ts';
import { refuse } from '../../core/requests/problem.ts';
import { apiHandler } from '../http.ts';

const sqs = sqsClient();
const stats = dynamoStats(database(), tables());
const letters = bootLetters();
const errand = bootErrand();
const store = bootStore();

const noSuchStep = refuse('NOT_FOUND', `There are dead letters of: ${letterBoxes.join(', ')}.`);

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

export const handler = apiHandler({
  getStats: async () => {
    const [counts, queueDepth, deadLetters] = await Promise.all([
      stats.total(),
      depths(steps, queueUrl),
      depths(letterBoxes, deadLettersUrl),
    ]);
    return { status: 200, body: { ...statsOf(counts), queueDepth, deadLetters } };
  },
  getDeadLetters: async ({ path: { step } }) =>
    isLetterBox(step) ? { status: 200, body: await showLetters(store, letters, step) } : noSuchStep,
  // The function that runs on the hour compares: it has more time than API Gateway waits.
  startReconciliation: async () => {
    const requestedAt = timeOf(clock.now());
    await sendErrand('RECONCILE', { requestedAt });
    return { status: 202, body: { requestedAt } };
  },
  redriveDeadLetters: async ({ path: { step }, by }) => {
    if (!isLetterBox(step)) return noSuchStep;
    const redriven = await redrive(letters, errand, step);
    logger.warn('redrive', { step, by: loggedAs(by), ...redriven });
    return { status: 202, body: { step, ...redriven } };
  },
});
