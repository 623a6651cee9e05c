/** Finds API keys in the `control` table. Only a key's hash is stored: whoever reads the table cannot call the API. */
import { timingSafeEqual } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { sha256 } from '../../core/kernel/ids.ts';
import type { Tables } from './client.ts';
import { keyItemKey } from './key-rows.ts';

const keyRow = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  keyId: z.string(),
  tenant: z.string(),
  scopes: z.array(z.string()),
  usageKey: z.string(),
  principal: z.string().nullable().default(null),
});
export type ApiKey = Omit<z.infer<typeof keyRow>, 'hash'>;

/**
 * Whose key this is and what it may do; `null` when there is no such key. DynamoDB finds the item by half of the hash. The
 * whole hash is compared here in constant time, so that no measured answer times tell the other half.
 */
export const findKey = async (
  client: DynamoDBDocumentClient,
  { control }: Tables,
  key: string,
): Promise<ApiKey | null> => {
  const { Item } = await client.send(
    new GetCommand({ TableName: control, Key: keyItemKey(key), ConsistentRead: true }),
  );
  if (Item === undefined) return null;
  const { hash, ...found } = keyRow.parse(Item);
  const same = timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(sha256(key), 'hex'));
  return same ? found : null;
};
