/** Builds the index of what is due and the doorbells. */
import { sqsClient, sqsDoorbells } from '../adapters/aws/sqs.ts';
import { dynamoDue } from '../adapters/dynamo/due.ts';
import { queueUrl } from './queues.ts';
import { database, tables } from './tables.ts';

export const bootDue = () => dynamoDue(database(), tables());

export const bootDoorbells = () => sqsDoorbells(sqsClient(), queueUrl);
