/** Keeps, for each caller that sends batches, when its bucket of lines is full again. */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { LineBuckets } from '../../core/requests/line-allowance.ts';
import type { Tables } from './client.ts';
import { instant } from './fields.ts';
import { putAlone } from './write.ts';

const keyOf = (caller: string) => ({ pk: `LINES#${caller}`, sk: 'BUCKET' });
/** A full bucket is as good as none. */
const keptMs = 3_600_000;

export const dynamoLineBuckets = (
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): LineBuckets => ({
  fullAt: async (caller) => {
    const read = new GetCommand({ TableName, Key: keyOf(caller), ConsistentRead: true });
    const { Item } = await client.send(read);
    return Item === undefined ? null : z.object({ fullAt: instant }).parse(Item).fullAt;
  },
  take: (caller, from, to) =>
    putAlone(client, {
      TableName,
      Item: { ...keyOf(caller), fullAt: to, expiresAt: Math.floor((to + keptMs) / 1_000) },
      ...(from === null
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: '#fullAt = :from',
            ExpressionAttributeNames: { '#fullAt': 'fullAt' },
            ExpressionAttributeValues: { ':from': from },
          }),
    }),
});
