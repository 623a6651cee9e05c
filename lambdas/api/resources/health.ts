/** Tells whether the system can work, by asking the database and a queue each time. */
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { sqsClient } from '../../adapters/aws/sqs.ts';
import { logger } from '../../boot/observe.ts';
import { queueUrl } from '../../boot/queues.ts';
import { database, tables } from '../../boot/tables.ts';
import { errorName } from '../../core/kernel/errors.ts';
import { apiHandler } from '../http.ts';

const sqs = sqsClient();

async function check(name: string, ask: () => Promise<unknown>): Promise<'ok' | 'down'> {
  try {
    await ask();
    return 'ok';
  } catch (error) {
    logger.error('health check failed', { check: name, error: errorName(error) });
    return 'down';
  }
}

export const handler = apiHandler({
  getHealth: async () => {
    const Key = { pk: 'HEALTH', sk: 'HEALTH' };
    const [databaseState, queues] = await Promise.all([
      check('database', () => database().send(new GetCommand({ TableName: tables().money, Key }))),
      check('queues', () =>
        sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl('debit') })),
      ),
    ]);
    const checks = { database: databaseState, queues };
    const ok = databaseState === 'ok' && queues === 'ok';
    return { status: ok ? 200 : 503, body: { status: ok ? 'ok' : 'down', checks } };
  },
});
