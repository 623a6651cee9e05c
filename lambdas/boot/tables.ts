import { dynamoClient, type Tables } from '../adapters/dynamo/client.ts';
import { required } from './environment.ts';

export const tables = (): Tables => ({
  money: required('MONEY_TABLE'),
  webhooks: required('WEBHOOKS_TABLE'),
  control: required('CONTROL_TABLE'),
});

/** One client for all tables of a function. */
let client: ReturnType<typeof dynamoClient> | null = null;
export const database = (): ReturnType<typeof dynamoClient> => {
  client ??= dynamoClient();
  return client;
};
