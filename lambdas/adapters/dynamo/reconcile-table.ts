/**
 * A page of the whole `money` table for reconciliation: what an index should name and may not, and what cannot be read. It gives
 * wallets and wires that code without these indexes has written their entries, and writes nothing else.
 */
import { type DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { errorName } from '../../core/kernel/errors.ts';
import { isWalletId, type WalletId, type WithdrawalId } from '../../core/kernel/ids.ts';
import type { Books, TablePage } from '../../core/reconcile/ports.ts';
import { isOpenSince } from '../../core/reconcile/withdrawals.ts';
import type { Tables } from './client.ts';
import { wireKeys } from './effect-rows.ts';
import { idIn } from './fields.ts';
import { type Row, wiresBegin } from './keys.ts';
import { walletEntry } from './open.ts';
import { pageItemsMax } from './page.ts';
import { readable } from './unreadable.ts';
import { withdrawalFrom } from './withdrawal-row.ts';

const wanted = [
  '(sk = :meta AND begins_with(pk, :withdrawal))',
  '(begins_with(pk, :wallet) AND (sk = :own OR sk = :balance))',
  '(begins_with(sk, :wires) AND attribute_not_exists(#list) AND attribute_not_exists(accountId))',
].join(' OR ');

export const dynamoTable = (
  client: DynamoDBDocumentClient,
  { money: TableName }: Tables,
  pageItems = pageItemsMax,
): Pick<Books, 'page'> => {
  /** False: the row is gone, or is another by now. */
  const mend = async (row: Row, entry: Row): Promise<boolean> => {
    const fields = Object.keys(entry);
    try {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: { pk: row['pk'], sk: row['sk'] },
          UpdateExpression: `SET ${fields.map((field) => `#${field} = :${field}`).join(', ')}`,
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: Object.fromEntries(fields.map((one) => [`#${one}`, one])),
          ExpressionAttributeValues: Object.fromEntries(
            fields.map((one) => [`:${one}`, entry[one]]),
          ),
        }),
      );
      return true;
    } catch (error) {
      if (errorName(error) === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  };

  return {
    page: async (mark, since): Promise<TablePage> => {
      const { Items = [], LastEvaluatedKey = null } = await client.send(
        new ScanCommand({
          TableName,
          FilterExpression: wanted,
          ExpressionAttributeNames: { '#list': 'list' },
          ExpressionAttributeValues: {
            ':meta': 'META',
            ':withdrawal': 'WD#',
            ':wallet': 'WAL#',
            ':own': 'WALLET',
            ':balance': 'BALANCE',
            ':wires': wiresBegin,
          },
          Limit: pageItems,
          ...(mark === null ? {} : { ExclusiveStartKey: mark }),
        }),
      );
      const page = { ...emptyPage(), next: LastEvaluatedKey };
      for (const row of Items) {
        const id = idIn(String(row['pk']));
        if (row['sk'] === 'META') {
          const read = readable(row, withdrawalFrom);
          if ('row' in read) page.unreadable.push(id as WithdrawalId);
          else if (isOpenSince(read, since)) page.withdrawals.push(read.id);
        } else if (row['sk'] === 'BALANCE') page.balances.push(id as WalletId);
        else if (row['sk'] === 'WALLET') {
          const walletId = id as WalletId;
          const entry = walletEntry(walletId);
          // Without its place in the order no index has it.
          if (!isWalletId(id) || typeof row['order'] !== 'string') page.balances.push(walletId);
          else {
            if (row['openShard'] !== entry.openShard && (await mend(row, entry))) page.mended += 1;
            page.listed.push(walletId);
          }
        } else {
          const memo = row['memo'];
          const key = { pk: String(row['pk']), sk: String(row['sk']) };
          if (typeof memo === 'string' && (await mend(row, wireKeys(memo, key)))) page.mended += 1;
        }
      }
      return page;
    },
  };
};

const emptyPage = () => ({
  listed: [] as WalletId[],
  balances: [] as WalletId[],
  withdrawals: [] as WithdrawalId[],
  unreadable: [] as WithdrawalId[],
  mended: 0,
});
