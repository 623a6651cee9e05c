/** Finds the withdrawals in REVIEW by a scan: they are few, and the person who asks can wait, so they have no index. */
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import type { Tables } from './client.ts';
import type { Row } from './keys.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

/** All withdrawals in REVIEW, the longest unchanged first. */
export async function withdrawalsInReview(
  client: DynamoDBDocumentClient,
  { money }: Pick<Tables, 'money'>,
): Promise<Withdrawal[]> {
  const found: Withdrawal[] = [];
  let page: Row | undefined;
  do {
    const { Items, LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: money,
        FilterExpression: 'sk = :meta AND #stage = :review',
        ExpressionAttributeNames: { '#stage': 'stage' },
        ExpressionAttributeValues: { ':meta': 'META', ':review': 'review' },
        ConsistentRead: true,
        ExclusiveStartKey: page,
      }),
    );
    found.push(...(Items ?? []).map(withdrawalFrom));
    page = LastEvaluatedKey;
  } while (page !== undefined);
  return found.sort((a, b) => a.updatedAt - b.updatedAt);
}
