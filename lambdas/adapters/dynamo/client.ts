/** Makes DynamoDB clients that read numbers as bigint and whose calls are counted. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { thin } from '../aws/thin/thin.ts';
import { countCalls, counted } from './usage.ts';

export type Tables = { money: string; webhooks: string; control: string };

/** The client below the document client, for libraries that take one. Its calls are counted, too. */
export function rawDynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const client = new DynamoDBClient(config);
  countCalls(client.middlewareStack);
  return thin(client, counted);
}

/** A document client that reads numbers as bigint, because `number` would round money (util-dynamodb, `wrapNumbers`). */
export function dynamoClient(config?: DynamoDBClientConfig): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(rawDynamoClient(config), {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: (text) => BigInt(text) },
  });
}
