/** Keeps, for each caller that sends batches, when its bucket of lines is full again. */
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { errorName, UnavailableError } from '../../core/kernel/errors.ts';
import type { LineBuckets } from '../../core/requests/line-allowance.ts';
import type { Tables } from './client.ts';

const keyOf = (caller: string) => ({ pk: `LINES#${caller}`, sk: 'BUCKET' });
/** A full bucket is as good as none. */
const keptSeconds = 3_600;
/** Of callers that meet at one bucket one is let through each time. */
const triesMax = 100;

export const dynamoLineBuckets = (
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): LineBuckets => ({
  take: async (caller, { now, limit, costs }) => {
    // Nearly always the bucket is full, or was never there. Who finds it otherwise is told how it is.
    let known: number | null = null;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const to = Math.max(known ?? now, now) + costs;
      const update = new UpdateCommand({
        TableName,
        Key: keyOf(caller),
        UpdateExpression: 'SET #fullAt = :to, #expiresAt = :expiresAt',
        ConditionExpression:
          known === null
            ? 'attribute_not_exists(#fullAt) OR #fullAt <= :known'
            : '#fullAt = :known',
        ExpressionAttributeNames: { '#fullAt': 'fullAt', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: {
          ':to': to,
          ':known': known ?? now,
          ':expiresAt': Math.ceil(to / 1_000_000) + keptSeconds,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await client.send(update);
        return null;
      } catch (error) {
        if (errorName(error) !== 'ConditionalCheckFailedException') throw error;
        // The item comes as DynamoDB sends it: lib-dynamodb does not translate errors.
        const { Item } = error as { Item?: { fullAt?: { N?: string } } };
        const found = Item?.fullAt?.N;
        known = found === undefined ? null : Number(found);
        if (known !== null && known >= limit) return known;
      }
    }
    throw new UnavailableError(`the bucket of ${caller} is asked for by too many`);
  },
});
