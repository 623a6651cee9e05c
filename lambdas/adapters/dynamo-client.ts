/** How we talk to DynamoDB: one client, numbers as bigint, and every call counted. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { countCalls } from './usage.ts';

export type Tables = { money: string; webhooks: string; control: string };

/** A document client that reads every number as bigint: `number` would round money (util-dynamodb, `wrapNumbers`). */
export function dynamoClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({});
  countCalls(client.middlewareStack);
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  });
}
