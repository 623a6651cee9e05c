/** The rows of `control` that sum up what is asked of an account at a brokerage, one for each of its wallets. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { minor } from '../../core/kernel/money.ts';
import type { AskedCash } from '../../core/store/asked-cash.ts';
import { instant, integer, minorNumber, walletIdText } from './fields.ts';
import type { Row } from './keys.ts';
import { pageItemsMax } from './page.ts';

const partitionOf = (accountId: string): string => `ASKED#${accountId}`;
export const askedKey = ({ accountId, walletId }: Pick<AskedCash, 'accountId' | 'walletId'>) => ({
  pk: partitionOf(accountId),
  sk: walletId,
});

const askedRow = z.object({
  sk: walletIdText,
  version: integer,
  asked: minorNumber,
  booked: minorNumber.default(minor(0n)),
  bookedAt: instant.nullable().default(null),
  marks: z.array(z.object({ at: instant, booked: minorNumber })).default([]),
});

/** A field without a value stays as undefined, so that an update of the row removes it. */
export const askedToRow = ({ accountId, walletId, bookedAt, marks, ...sums }: AskedCash): Row => ({
  ...askedKey({ accountId, walletId }),
  ...sums,
  bookedAt: bookedAt ?? undefined,
  marks: marks.length > 0 ? marks : undefined,
});

/** The sums of all wallets of the account, as they are now. */
export async function readAsked(
  client: DynamoDBDocumentClient,
  table: string,
  accountId: string,
): Promise<AskedCash[]> {
  const found: AskedCash[] = [];
  let from: Row | undefined;
  do {
    const { Items, LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partitionOf(accountId) },
        ConsistentRead: true,
        Limit: pageItemsMax,
        ExclusiveStartKey: from,
      }),
    );
    for (const row of Items ?? []) {
      const { sk: walletId, ...sums } = askedRow.parse(row);
      found.push({ accountId, walletId, ...sums });
    }
    from = LastEvaluatedKey;
  } while (from !== undefined);
  return found;
}
