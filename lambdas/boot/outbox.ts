/** Builds what sweep reads and keeps, and the doorbells. */
import { sqsClient, sqsDoorbells } from '../adapters/aws/sqs.ts';
import { dynamoDue } from '../adapters/dynamo/due.ts';
import { dynamoProgress } from '../adapters/dynamo/sweep-progress.ts';
import { dynamoUnlisted } from '../adapters/dynamo/unlisted.ts';
import { queueUrl } from './queues.ts';
import { database, tables } from './tables.ts';

export const bootDue = () => dynamoDue(database(), tables());
export const bootUnlisted = () => dynamoUnlisted(database(), tables());
export const bootProgress = () => dynamoProgress(database(), tables());

export const bootDoorbells = () => sqsDoorbells(sqsClient(), queueUrl);
