/** API keys in the `control` table. Only a key's hash is stored: whoever reads the table cannot call the API. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { sha256 } from '../core/ids.ts';
import type { Tables } from './dynamo-client.ts';

export const keyItemKey = (key: string) => ({ pk: `KEY#${sha256(key)}`, sk: 'KEY' });

const keyRow = z.object({ keyId: z.string(), tenant: z.string(), scopes: z.array(z.string()) });
export type ApiKey = z.infer<typeof keyRow>;

/** Who this key belongs to and what it may do; `null` when there is no such key. */
export const findKey = async (
  client: DynamoDBDocumentClient,
  { control }: Tables,
  key: string,
): Promise<ApiKey | null> => {
  const { Item } = await client.send(
    new GetCommand({ TableName: control, Key: keyItemKey(key), ConsistentRead: true }),
  );
  return Item === undefined ? null : keyRow.parse(Item);
};
