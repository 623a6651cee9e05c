/** Keeps, for each caller that sends batches, when its bucket of lines is full again. */
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { errorName } from '../../core/kernel/errors.ts';
import type { LineBuckets } from '../../core/requests/line-allowance.ts';
import type { Tables } from './client.ts';

const keyOf = (caller: string) => ({ pk: `LINES#${caller}`, sk: 'BUCKET' });
/** A full bucket is as good as none. */
const keptSeconds = 3_600;

type Asked = Parameters<LineBuckets['take']>[1];
type Write = { set: string; when: string; values: Record<string, number> };

/** Two writes, of which one or the other applies. Both count by themselves, so callers at once do not stand in each other's way. */
const writesOf = ({ now, limit, costs }: Asked): [ofFull: Write, ofOther: Write] => [
  {
    set: ':to',
    when: 'attribute_not_exists(#fullAt) OR #fullAt <= :now',
    values: { ':to': now + costs, ':now': now },
  },
  {
    set: '#fullAt + :costs',
    when: '#fullAt > :now AND #fullAt < :limit',
    values: { ':costs': costs, ':now': now, ':limit': limit },
  },
];

export const dynamoLineBuckets = (
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): LineBuckets => ({
  take: async (caller, asked) => {
    let fullAt = asked.limit;
    for (const { set, when, values } of writesOf(asked)) {
      const update = new UpdateCommand({
        TableName,
        Key: keyOf(caller),
        UpdateExpression: `SET #fullAt = ${set}, #expiresAt = :expiresAt`,
        ConditionExpression: when,
        ExpressionAttributeNames: { '#fullAt': 'fullAt', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: {
          ...values,
          ':expiresAt': Math.ceil((asked.limit + asked.costs) / 1_000_000) + keptSeconds,
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
        fullAt = Number(Item?.fullAt?.N ?? fullAt);
      }
    }
    return fullAt;
  },
});
