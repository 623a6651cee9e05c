/** Builds the store of webhook endpoints and deliveries. */
import { dynamoWebhooks } from '../adapters/dynamo/webhooks.ts';
import { database, tables } from './tables.ts';

export const bootWebhooks = () => dynamoWebhooks(database(), tables());
