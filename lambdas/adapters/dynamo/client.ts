/** How we talk to DynamoDB: one client, numbers as bigint, and every call counted. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { countCalls } from './usage.ts';

export type Tables = { money: string; webhooks: string; control: string };

/** The client under the document client, for libraries that want one. Counted as well. */
export function rawDynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient(config);
  countCalls(client.middlewareStack);
  return client;
}

/** A document client that reads every number as bigint: `number` would round money (util-dynamodb, `wrapNumbers`). */
export function dynamoClient(config?: DynamoDBClientConfig): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(rawDynamoClient(config), {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  });
}
