/** The register of all API keys, for the people who make and revoke them. Revoked keys stay in it, for audits. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import {
  keyItem,
  type NewKey,
  registerItem,
  registerItemKey,
  registerPartition,
} from './key-rows.ts';
import { pageItemsMax } from './page.ts';

const epochMs = z.coerce.number();
const registeredKey = z.object({
  keyId: z.string(),
  tenant: z.string(),
  scopes: z.array(z.string()),
  name: z.string().nullable(),
  principal: z.string().nullable().default(null),
  usageKey: z.string(),
  lookup: z.string(),
  createdAt: epochMs,
  /** Since when the key works. A key without it was broken off in the making. */
  readyAt: epochMs.optional(),
  revokedAt: epochMs.optional(),
});
export type RegisteredKey = z.infer<typeof registeredKey>;
export type KeyRegister = ReturnType<typeof keyRegister>;

/** The register in this table. Items appear and go by conditional writes, which throw when somebody else was faster. */
export const keyRegister = (client: DynamoDBDocumentClient, table: string) => ({
  /** Registers a key that is being made and does not work yet. Throws when the id is taken. */
  async begin(key: string, made: NewKey): Promise<void> {
    await client.send(
      new PutCommand({
        TableName: table,
        Item: registerItem(key, made),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  },

  /** Makes the key work. Throws when it was revoked meanwhile. */
  async finish(key: string, made: NewKey, now: number): Promise<void> {
    const item = {
      TableName: table,
      Item: keyItem(key, made),
      ConditionExpression: 'attribute_not_exists(pk)',
    };
    const ready = {
      TableName: table,
      Key: registerItemKey(made.keyId),
      UpdateExpression: 'SET readyAt = :now',
      ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(revokedAt)',
      ExpressionAttributeValues: { ':now': now },
    };
    await client.send(
      new TransactWriteCommand({ TransactItems: [{ Put: item }, { Update: ready }] }),
    );
  },

  /** Makes the key unknown. A second call changes nothing, not even `revokedAt`. */
  async revoke({ keyId, lookup }: RegisteredKey, now: number): Promise<void> {
    const revoked = {
      TableName: table,
      Key: registerItemKey(keyId),
      UpdateExpression: 'SET revokedAt = if_not_exists(revokedAt, :now)',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':now': now },
    };
    const item = { TableName: table, Key: { pk: lookup, sk: 'KEY' } };
    await client.send(
      new TransactWriteCommand({ TransactItems: [{ Update: revoked }, { Delete: item }] }),
    );
  },

  async find(keyId: string): Promise<RegisteredKey | null> {
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: registerItemKey(keyId), ConsistentRead: true }),
    );
    return Item === undefined ? null : registeredKey.parse(Item);
  },

  /** All keys that ever were, oldest first. */
  async list(): Promise<RegisteredKey[]> {
    const keys: RegisteredKey[] = [];
    let from: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const page: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :register',
          ExpressionAttributeValues: { ':register': registerPartition },
          ConsistentRead: true,
          Limit: pageItemsMax,
          ExclusiveStartKey: from,
        }),
      );
      keys.push(...(page.Items ?? []).map((item) => registeredKey.parse(item)));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return keys.sort((one, other) => one.createdAt - other.createdAt);
  },
});
