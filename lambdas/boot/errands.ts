/** Asks a function that runs by the clock to run now. Twice does no harm. */
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { sqsClient } from '../adapters/aws/sqs.ts';
import { required } from './environment.ts';

const client = sqsClient();

export const sendErrand = async (name: 'RETELL' | 'RECONCILE', errand: object): Promise<void> => {
  const QueueUrl = required(`ERRANDS_URL_${name}`);
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(errand) }));
};
