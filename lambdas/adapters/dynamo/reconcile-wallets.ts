/** Reads wallets, their ledgers and what is open for reconciliation: what an index names, and each item by its key. */
import {
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import {
  isTransactionId,
  isWithdrawalId,
  type OperationId,
  type WalletId,
  type WithdrawalId,
} from '../../core/kernel/ids.ts';
import { eachSideBySide } from '../../core/kernel/side-by-side.ts';
import type { ReadBlock } from '../../core/reconcile/ledger.ts';
import { readSideBySide } from '../../core/reconcile/limits.ts';
import type { Books, Standing } from '../../core/reconcile/ports.ts';
import { blockFrom } from './block-row.ts';
import type { Tables } from './client.ts';
import { keyOf, orderOf, type Row, wireListPartition } from './keys.ts';
import { openPartitions, unheldPartitions, walletPartitions } from './open.ts';
import { keptPlaces } from './reconcile-places.ts';
import { batchGet } from './store.ts';
import { readable } from './unreadable.ts';
import { balanceFrom } from './wallet-rows.ts';

const keyed = z.array(z.object({ pk: z.string() }));
const indexed = z.array(z.object({ pk: z.string(), order: z.string() }));
const idIn = (pk: string): string => pk.slice(pk.indexOf('#') + 1);
const markShape = z.object({ shard: z.coerce.number(), after: z.string() });

export function dynamoLedgers(
  client: DynamoDBDocumentClient,
  tables: Tables,
  pageItems?: number,
): Pick<Books, 'wallets' | 'standings' | 'blocks' | 'blocksBack' | 'open' | 'unheld' | 'wiredAs'> {
  const { money } = tables;

  async function* pages(query: QueryCommandInput): AsyncGenerator<Row[]> {
    let page: Row | undefined;
    do {
      const { Items, LastEvaluatedKey } = await client.send(
        new QueryCommand({ ...query, Limit: pageItems, ExclusiveStartKey: page }),
      );
      yield Items ?? [];
      page = LastEvaluatedKey;
    } while (page !== undefined);
  }
  const listed = (partition: string, after: string | null) =>
    pages({
      TableName: money,
      IndexName: 'open',
      KeyConditionExpression: `openShard = :shard${after === null ? '' : ' AND #order > :after'}`,
      ...(after === null ? {} : { ExpressionAttributeNames: { '#order': 'order' } }),
      ExpressionAttributeValues: {
        ':shard': partition,
        ...(after === null ? {} : { ':after': after }),
      },
    });
  async function* blocksIn(query: Partial<QueryCommandInput>): AsyncGenerator<ReadBlock> {
    for await (const rows of pages({ TableName: money, ConsistentRead: true, ...query }))
      for (const row of rows) {
        const block = readable(row, blockFrom);
        yield 'row' in block
          ? {
              sequence: Number(String(row['sk']).split('#')[1]),
              unreadable: block.why,
              mentions: mentionsIn(row['posted']),
            }
          : block;
      }
  }

  return {
    wallets: async function* (mark) {
      const from = mark === null ? { shard: 0, after: null } : markShape.parse(mark);
      for (const [shard, partition] of walletPartitions.entries()) {
        if (shard < from.shard) continue;
        for await (const rows of listed(partition, shard === from.shard ? from.after : null)) {
          const found = indexed.parse(rows);
          const orders = new Map(found.map(({ pk, order }) => [idIn(pk), order]));
          yield {
            ids: found.map(({ pk }) => idIn(pk) as WalletId),
            markOf: (id) => ({ shard, after: orders.get(id) ?? '' }),
          };
        }
      }
    },
    standings: async (ids): Promise<Standing[]> => {
      const [rows, kept] = await Promise.all([
        batchGet(client, money, ids.map(keyOf.balance)),
        keptPlaces(client, tables, ids, 'checkpoint'),
      ]);
      const balances = new Map(rows.map((row) => [row['pk'], row]));
      return ids.map((walletId) => {
        const row = balances.get(keyOf.balance(walletId).pk);
        return {
          walletId,
          balance: row === undefined ? null : readable(row, balanceFrom),
          checkpoint: kept.get(walletId) ?? null,
        };
      });
    },
    blocks: (walletId, from, upTo) =>
      blocksIn({
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': keyOf.block(walletId, 1).pk,
          // What stands before the first block is none of ours, and is found by that.
          ':first': keyOf.block(walletId, from === 1 ? 0 : from).sk,
          ':last': keyOf.block(walletId, upTo).sk,
        },
      }),
    blocksBack: (walletId) =>
      blocksIn({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :block)',
        ExpressionAttributeValues: { ':pk': keyOf.block(walletId, 1).pk, ':block': 'BLOCK#' },
        ScanIndexForward: false,
      }),
    open: async function* () {
      for (const partition of openPartitions)
        for await (const rows of listed(partition, null))
          yield keyed.parse(rows).map(({ pk }) => idIn(pk) as WithdrawalId);
    },
    unheld: async function* (since) {
      for (const partition of unheldPartitions)
        for await (const rows of pages({
          TableName: money,
          IndexName: 'inbox',
          KeyConditionExpression: 'inbox = :partition AND inboxOrder >= :since',
          ExpressionAttributeValues: { ':partition': partition, ':since': orderOf(since, '') },
        }))
          yield keyed.parse(rows).map(({ pk }) => idIn(pk) as WithdrawalId);
    },
    wiredAs: async (memos) => {
      const ids = new Set<WithdrawalId>();
      await eachSideBySide(memos, readSideBySide, async (memo) => {
        const query = {
          TableName: money,
          IndexName: 'byWallet',
          KeyConditionExpression: '#list = :list',
          ExpressionAttributeNames: { '#list': 'list' },
          ExpressionAttributeValues: { ':list': wireListPartition(memo) },
        };
        for await (const rows of pages(query))
          for (const { pk } of keyed.parse(rows)) ids.add(idIn(pk) as WithdrawalId);
      });
      return [...ids];
    },
  };
}

/** What the row of a block that cannot be read names all the same. */
const mentionsIn = (posted: unknown): OperationId[] =>
  (Array.isArray(posted) ? posted.flat() : []).filter(
    (one): one is OperationId =>
      typeof one === 'string' && (isWithdrawalId(one) || isTransactionId(one)),
  );
