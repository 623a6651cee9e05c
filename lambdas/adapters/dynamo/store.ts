/** The Store port on DynamoDB. All reads are strongly consistent but the inbox and the list of a wallet, which are indexes. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchGetCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { isTransactionId, isWithdrawalId } from '../../core/kernel/ids.ts';
import { commitsOfOne, type Store } from '../../core/store/store.ts';
import { readAsked } from './asked-rows.ts';
import type { Tables } from './client.ts';
import { counterKey, makeCommit, sequenceKey } from './commit.ts';
import { attemptFrom, batchFrom, conversionFrom, journalFrom } from './effect-rows.ts';
import { integer } from './fields.ts';
import { keyOf, type Row } from './keys.ts';
import { unknownIn } from './newer.ts';
import { along, type Key, type Riding } from './riding.ts';
import { lotFrom, lotsQuery, promisedFrom, promisedKey } from './treasury-rows.ts';
import { readAccepted, readInbox } from './waiting.ts';
import { balanceItemFrom, transactionFrom, walletFrom } from './wallet-rows.ts';
import { withdrawalFrom } from './withdrawal-row.ts';
import { pause } from './write.ts';

/** How old what a treasury has promised may be when it is decided what may be signed. The condition of that write decides in any case. */
const promisedGoodMs = 1_000;
/** The most items of one request (DynamoDB API reference, "BatchGetItem"). */
const batchGetMax = 100;

const sequenceRow = z.object({ next: integer });
const counterRow = z.object({ used: z.bigint() });

const getItem = async (client: DynamoDBDocumentClient, TableName: string, Key: Key) =>
  (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;

/** The part of the store that says which numbers are taken, for those who need no more of it. */
export const dynamoNumbers = (
  client: DynamoDBDocumentClient,
  { control }: Tables,
  riding?: Riding,
): Pick<Store, 'nextNumber'> => ({
  nextNumber: async (sequence, travelling) => {
    const key = sequenceKey(sequence);
    const read = (keys: readonly Key[]) => batchGet(client, control, keys);
    const rows =
      travelling === undefined || riding === undefined
        ? [await getItem(client, control, key)]
        : await riding.rows(
            control,
            [key, ...travelling.with.map(sequenceKey)],
            travelling.goodMs,
            read,
          );
    const [row] = rows;
    return row === undefined ? null : sequenceRow.parse(row).next;
  },
});

/**
 * With `riding`, what a treasury has promised travels with the batches that are read, and so does a number that may be older than now, for
 * their write finds out if it is no longer so. No commit of our own that changes them comes between.
 */
export function dynamoStore(
  client: DynamoDBDocumentClient,
  tables: Tables,
  riding?: Riding,
): Store {
  const { money, control } = tables;
  const get = (table: string, key: Key) => getItem(client, table, key);
  const make = makeCommit(client, tables);
  const commit: Store['commit'] = async (changes) => {
    try {
      return await make(changes);
    } finally {
      for (const one of changes)
        if (one.change === 'promise' || one.change === 'release')
          riding?.forget(control, [promisedKey(one.treasury)]);
        else if (one.change === 'sequence') riding?.forget(control, [sequenceKey(one.sequence)]);
    }
  };

  return {
    ...dynamoNumbers(client, tables, riding),
    commit,
    commitEach: commitsOfOne(commit),
    withdrawals: async (ids) => {
      const rows = await batchGet(client, money, ids.map(keyOf.withdrawal));
      // Who asks for one alone hears that it cannot be read; among others it is no reason to leave those alone, too.
      const read = rows.length === 1 ? rows : rows.filter((row) => unknownIn(row) === null);
      return read.map(withdrawalFrom);
    },
    readable: async (ids) =>
      readIn(await batchGet(client, money, ids.map(keyOf.withdrawal)), withdrawalFrom),
    transactions: async (ids) =>
      (await batchGet(client, money, ids.map(keyOf.transaction))).map(transactionFrom),
    conversions: async (ids) =>
      (await batchGet(client, money, ids.map(keyOf.conversion))).map(conversionFrom),
    journals: async (ids, purpose) => {
      const keys = ids.map((id) => keyOf.journal(id, purpose));
      return (await batchGet(client, money, keys)).map(journalFrom);
    },
    wallet: async (id) => {
      const rows = await batchGet(client, money, [keyOf.wallet(id), keyOf.balance(id)]);
      const wallet = rows.find(({ sk }) => sk === 'WALLET');
      const balance = rows.find(({ sk }) => sk === 'BALANCE');
      if (wallet === undefined || balance === undefined) return null;
      return { wallet: walletFrom(wallet), balance: balanceItemFrom(balance) };
    },
    walletWith: async (id, ids) => {
      const rows = await batchGet(client, money, [
        keyOf.wallet(id),
        keyOf.balance(id),
        ...ids.filter(isWithdrawalId).map(keyOf.withdrawal),
        ...ids.filter(isTransactionId).map(keyOf.transaction),
      ]);
      const of = (prefix: string) => rows.filter(({ pk }) => String(pk).startsWith(prefix));
      const wallet = rows.find(({ sk }) => sk === 'WALLET');
      const balance = rows.find(({ sk }) => sk === 'BALANCE');
      if (wallet === undefined || balance === undefined) return null;
      const read = {
        withdrawals: readIn(of('WD#'), withdrawalFrom),
        transactions: readIn(of('TXN#'), transactionFrom),
      };
      const known = new Set<string>(
        [...read.withdrawals, ...read.transactions].map(({ id }) => id),
      );
      const odd = ids.filter((one) => !known.has(one));
      return { wallet: walletFrom(wallet), balance: balanceItemFrom(balance), ...read, odd };
    },
    inbox: (...asked) => readInbox(client, money, ...asked),
    accepted: (...asked) => readAccepted(client, money, ...asked),
    asked: (accountId) => readAsked(client, control, accountId),
    attempt: async (id, number) => {
      const row = await get(money, keyOf.attempt(id, number));
      return row === undefined ? null : attemptFrom(row);
    },
    batch: async (id) => {
      const row = await get(money, keyOf.batch(id));
      return row === undefined ? null : batchFrom(row);
    },
    counted: async (counter) => {
      const row = await get(control, counterKey(counter));
      return row === undefined ? 0n : counterRow.parse(row).used;
    },
    promised: async (treasury) => {
      const key = promisedKey(treasury);
      const alone = () => get(control, key);
      return promisedFrom(await (riding?.row(control, key, promisedGoodMs, alone) ?? alone()));
    },
    lots: async (treasury, limit) => {
      const query = { TableName: control, ...lotsQuery(treasury), ConsistentRead: true };
      const { Items = [] } = await client.send(new QueryCommand({ ...query, Limit: limit }));
      return Items.map(lotFrom);
    },
  };
}

/**
 * What cannot be read keeps its place in the inbox and holds up nobody else. It is due like all that waits, and each pass of sweep tells
 * that it cannot be read (core/outbox/sweep.ts).
 */
const readIn = <T>(rows: readonly Row[], read: (row: Row) => T): T[] =>
  rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch {
      return [];
    }
  });

/** Of a partition that is throttled DynamoDB may process one key at a time. */
const batchGetTriesMax = 10;

/**
 * Reads the items that exist, in no order, whole or only `fields`. Asks again for keys that DynamoDB did not process, with growing pauses
 * (DynamoDB API reference, "BatchGetItem"), and throws when some are left after some seconds.
 */
export async function batchGet(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly Key[],
  fields?: readonly string[],
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  const unique = [...new Map(keys.map((key) => [`${key.pk} ${key.sk}`, key])).values()];
  for (let start = 0; start < unique.length; start += batchGetMax) {
    let pending: Key[] = unique.slice(start, start + batchGetMax);
    // Of one table everything comes in the same fields, so what travels along is of others.
    let riders = along(client, batchGetMax - pending.length).filter((one) => one.table !== table);
    for (let tries = 0; pending.length > 0; tries += 1) {
      if (tries > batchGetTriesMax) throw new Error(`DynamoDB left ${pending.length} items unread`);
      // What did not fit into an answer is asked for at once: only the second time it is throttled for sure.
      if (tries > 1) await pause(tries - 2);
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetCommand({
          RequestItems: Object.fromEntries([
            [table, { Keys: pending, ConsistentRead: true, ...projection(fields) }],
            ...riders.map(({ table, keys }) => [table, { Keys: keys, ConsistentRead: true }]),
          ]),
        }),
      );
      rows.push(...(Responses?.[table] ?? []));
      const leftOf = (of: string) => (UnprocessedKeys?.[of]?.Keys ?? []) as Key[];
      for (const { table, keys, take } of riders) {
        const left = new Set(leftOf(table).map(({ pk, sk }) => `${pk} ${sk}`));
        take(
          keys.filter(({ pk, sk }) => !left.has(`${pk} ${sk}`)),
          Responses?.[table] ?? [],
        );
      }
      riders = [];
      pending = leftOf(table);
    }
  }
  return rows;
}

const projection = (fields: readonly string[] | undefined) =>
  fields === undefined
    ? {}
    : {
        ProjectionExpression: fields.map((field) => `#${field}`).join(', '),
        ExpressionAttributeNames: Object.fromEntries(fields.map((field) => [`#${field}`, field])),
      };
