/**
 * Finds the withdrawals in REVIEW by a scan, for whoever has the table's rights and time: it misses none, those either that are
 * not in the index `open` because they have stood still since before there was one.
 */
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import type { Tables } from './client.ts';
import type { Row } from './keys.ts';
import { unknownIn } from './newer.ts';
import { pageItemsMax } from './page.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

/** All withdrawals in REVIEW, the longest unchanged first, and the keys of those that only newer code can read. */
export async function withdrawalsInReview(
  client: DynamoDBDocumentClient,
  { money }: Pick<Tables, 'money'>,
): Promise<{ found: Withdrawal[]; newer: string[] }> {
  const found: Withdrawal[] = [];
  const newer: string[] = [];
  let page: Row | undefined;
  do {
    const { Items, LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName: money,
        FilterExpression: 'sk = :meta AND #stage = :review',
        ExpressionAttributeNames: { '#stage': 'stage' },
        ExpressionAttributeValues: { ':meta': 'META', ':review': 'review' },
        ConsistentRead: true,
        Limit: pageItemsMax,
        ExclusiveStartKey: page,
      }),
    );
    for (const row of Items ?? [])
      if (unknownIn(row) === null) found.push(withdrawalFrom(row));
      else newer.push(String(row['pk']));
    page = LastEvaluatedKey;
  } while (page !== undefined);
  return { found: found.sort((a, b) => a.updatedAt - b.updatedAt), newer };
}
