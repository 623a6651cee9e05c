/** The Requests port: what the API reads and creates, at most once each. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TransactionId, WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import { emptyItem } from '../../core/ledger/tail.ts';
import type { Requests } from '../../core/requests/store.ts';
import type { Tables } from './client.ts';
import { makeCommit } from './commit.ts';
import { keyOf, type Row } from './keys.ts';
import { sweepEntries, walletEntry } from './open.ts';
import { batchGet } from './store.ts';
import {
  balanceFrom,
  balanceToRow,
  transactionFrom,
  transactionToRow,
  walletFrom,
  walletToRow,
} from './wallet-rows.ts';
import { withdrawalFrom, withdrawalToRow } from './withdrawal-row.ts';
import { putAlone, transact } from './write.ts';

type Key = { pk: string; sk: string };
type Found = (key: Key) => Row | undefined;

/** Sweep looks for an accepted transaction from `dueAfterMs` after its creation. */
export function dynamoRequests(
  client: DynamoDBDocumentClient,
  tables: Tables,
  dueAfterMs: number,
): Requests {
  const { money } = tables;
  const commit = makeCommit(client, tables);
  const read = async (keys: readonly Key[]): Promise<Found> => {
    const rows = await batchGet(client, money, keys);
    const byKey = new Map(rows.map((row) => [`${row['pk']} ${row['sk']}`, row]));
    return ({ pk, sk }) => byKey.get(`${pk} ${sk}`);
  };
  const walletIn = (row: Row | undefined) => (row === undefined ? null : walletFrom(row));
  const withdrawalAndWalletIn = (row: Found, id: WithdrawalId, walletId: WalletId) => {
    const existing = row(keyOf.withdrawal(id));
    return {
      existing: existing === undefined ? null : withdrawalFrom(existing),
      wallet: walletIn(row(keyOf.wallet(walletId))),
    };
  };
  /** Creates with one conditional Put, which makes it idempotent. Answers the item that exists already, if any. */
  const create = async <T>(row: Row, from: (row: unknown) => T): Promise<T | null> => {
    const put = { TableName: money, Item: row, ConditionExpression: 'attribute_not_exists(pk)' };
    if (await putAlone(client, put)) return null;
    return from((await read([keyIn(row)]))(keyIn(row)));
  };
  return {
    withdrawalAndWallet: async (id: WithdrawalId, walletId: WalletId) => {
      const row = await read([keyOf.withdrawal(id), keyOf.wallet(walletId)]);
      return withdrawalAndWalletIn(row, id, walletId);
    },
    withdrawalsAndWallets: async (asked) => {
      const keys = asked.flatMap(({ id, walletId }) => [
        keyOf.withdrawal(id),
        keyOf.wallet(walletId),
      ]);
      const row = await read(keys);
      return asked.map(({ id, walletId }) => withdrawalAndWalletIn(row, id, walletId));
    },
    transactionAndWallet: async (id: TransactionId, walletId: WalletId) => {
      const row = await read([keyOf.transaction(id), keyOf.wallet(walletId)]);
      const existing = row(keyOf.transaction(id));
      return {
        existing: existing === undefined ? null : transactionFrom(existing),
        wallet: walletIn(row(keyOf.wallet(walletId))),
      };
    },
    createWithdrawal: async (withdrawal, together, shards) => {
      const row = { ...withdrawalToRow(withdrawal, shards), ...sweepEntries(withdrawal) };
      if (together.length === 0) {
        const existing = await create(row, withdrawalFrom);
        return existing === null ? null : { existing };
      }
      const refused = await commit(together, row);
      if (refused.length === 0) return null;
      if (refused.includes(0))
        return { existing: withdrawalFrom((await read([keyIn(row)]))(keyIn(row))) };
      return { refused: refused.map((index) => index - 1) };
    },
    createTransaction: (transaction, shards = 1) =>
      create(transactionToRow(transaction, dueAfterMs, shards), transactionFrom),
    withdrawal: async (id) => {
      const row = (await read([keyOf.withdrawal(id)]))(keyOf.withdrawal(id));
      return row === undefined ? null : withdrawalFrom(row);
    },
    transaction: async (id) => {
      const row = (await read([keyOf.transaction(id)]))(keyOf.transaction(id));
      return row === undefined ? null : transactionFrom(row);
    },
    balances: async (ids) => {
      const rows = await batchGet(client, money, ids.map(keyOf.balance));
      return new Map(rows.map(balanceFrom).map((balance) => [balance.walletId, balance]));
    },
    wallet: async (id) => {
      const row = await read([keyOf.wallet(id), keyOf.balance(id)]);
      const wallet = walletIn(row(keyOf.wallet(id)));
      return wallet === null ? null : { wallet, balance: balanceFrom(row(keyOf.balance(id))) };
    },
    updateWallet: async (from, to) => {
      // The writer's condition is on the balance, which it writes anyway.
      const mark = {
        TableName: money,
        Key: keyOf.balance(to.id),
        UpdateExpression:
          to.status === 'SUSPENDED' ? 'SET suspended = :suspended' : 'REMOVE suspended',
        ConditionExpression: 'attribute_exists(pk)',
        ...(to.status === 'SUSPENDED' ? { ExpressionAttributeValues: { ':suspended': true } } : {}),
      };
      const update = {
        TableName: money,
        Key: keyOf.wallet(to.id),
        UpdateExpression: 'SET #status = :status, #updatedAt = :updatedAt',
        ConditionExpression: '#status = :before AND #updatedAt = :updatedBefore',
        ExpressionAttributeNames: { '#status': 'status', '#updatedAt': 'updatedAt' },
        ExpressionAttributeValues: {
          ':status': to.status,
          ':updatedAt': to.updatedAt,
          ':before': from.status,
          ':updatedBefore': from.updatedAt,
        },
      };
      return (await transact(client, [{ Update: update }, { Update: mark }])).length === 0;
    },
    createWallet: async (wallet) => {
      const items = [
        { ...walletToRow(wallet), ...walletEntry(wallet.id) },
        balanceToRow(emptyItem(wallet.id)),
      ];
      const put = (Item: Row) => ({
        Put: { TableName: money, Item, ConditionExpression: 'attribute_not_exists(pk)' },
      });
      const refused = await transact(client, items.map(put));
      if (refused.length > 0) throw new Error(`${wallet.id} is there already`);
    },
  };
}

const keyIn = (row: Row) => ({ pk: String(row['pk']), sk: String(row['sk']) });
