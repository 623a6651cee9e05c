/** Finds withdrawals, credits and debits by when they have changed, for retell. There is no index for it, since it is needed once an hour at most. */
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { errorName } from '../../core/kernel/errors.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { WalletTransaction } from '../../core/ledger/wallet.ts';
import type { Changed } from '../../core/outbox/retell.ts';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import type { Tables } from './client.ts';
import { instant } from './fields.ts';
import { orderOf, type Row } from './keys.ts';
import { pageItemsMax } from './page.ts';
import { transactionFrom } from './wallet-rows.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

const Key = { pk: 'RETELL', sk: 'LAST' };
const toldRow = z.object({ until: instant });

/** The Changed port. */
export const dynamoChanged = (
  client: DynamoDBDocumentClient,
  { money, control }: Pick<Tables, 'money' | 'control'>,
): Changed => ({
  changedIn: async function* ({ from, until }) {
    let page: Row | undefined;
    do {
      const { Items, LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName: money,
          FilterExpression:
            'sk = :meta AND ((begins_with(pk, :withdrawal) AND updatedAt >= :from AND #order < :after) OR (begins_with(pk, :transaction) AND processedAt BETWEEN :from AND :until))',
          ExpressionAttributeNames: { '#order': 'order' },
          ExpressionAttributeValues: {
            ...{ ':meta': 'META', ':withdrawal': 'WD#', ':transaction': 'TXN#' },
            ...{ ':from': from, ':until': until },
            ':after': orderOf((until + 1) as Instant, ''),
          },
          ConsistentRead: true,
          Limit: pageItemsMax,
          ExclusiveStartKey: page,
        }),
      );
      yield readRows(Items ?? []);
      page = LastEvaluatedKey;
    } while (page !== undefined);
  },
  toldUntil: async () => {
    const { Item } = await client.send(
      new GetCommand({ TableName: control, Key, ConsistentRead: true }),
    );
    return Item === undefined ? null : toldRow.parse(Item).until;
  },
  saveToldUntil: async (until) => {
    await client.send(new PutCommand({ TableName: control, Item: { ...Key, until } }));
  },
});

function readRows(rows: readonly Row[]) {
  const withdrawals: Withdrawal[] = [];
  const transactions: WalletTransaction[] = [];
  const unreadable: string[] = [];
  for (const row of rows)
    try {
      if (String(row['pk']).startsWith('TXN#')) transactions.push(transactionFrom(row));
      else withdrawals.push(withdrawalFrom(row));
    } catch (error) {
      unreadable.push(`${String(row['pk'])}: ${errorName(error)}`);
    }
  return { withdrawals, transactions, unreadable };
}
