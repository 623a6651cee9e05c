/** Reads wallets, their ledgers and what is open for reconciliation: what an index names, and each item by its key. */
import {
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import { eachSideBySide } from '../../core/kernel/side-by-side.ts';
import type { ReadBlock } from '../../core/reconcile/ledger.ts';
import { readSideBySide } from '../../core/reconcile/limits.ts';
import type { Books, Standing } from '../../core/reconcile/ports.ts';
import type { Tables } from './client.ts';
import { idIn } from './fields.ts';
import { keyOf, orderOf, type Row, wireListPartition } from './keys.ts';
import { blocksOf, endless, type Span } from './ledger-blocks.ts';
import { openPartitions, unheldPartitions, walletPartitions } from './open.ts';
import { pageItemsMax } from './page.ts';
import { rowBlocks, tailBlocks } from './read-blocks.ts';
import { keptPlaces } from './reconcile-places.ts';
import { batchGet } from './store.ts';
import { readable } from './unreadable.ts';
import { balanceFrom } from './wallet-rows.ts';

const keyed = z.array(z.object({ pk: z.string() }));
const indexed = z.array(z.object({ pk: z.string(), order: z.string() }));
/** Up to where there are blocks, as far as the balance can be read. */
const versionOf = ({ balance }: Standing): number =>
  balance !== null && 'version' in balance ? balance.version : endless;
const markShape = z.object({ shard: z.coerce.number(), after: z.string() });

export function dynamoLedgers(
  client: DynamoDBDocumentClient,
  tables: Tables,
  pageItems = pageItemsMax,
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
  const blocksIn = ({ walletId, tail }: Standing, span: Span) =>
    blocksOf<ReadBlock>(client, money, walletId, span, { tail, read: rowBlocks, limit: pageItems });

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
          tail: row === undefined ? [] : tailBlocks(row),
          checkpoint: kept.get(walletId) ?? null,
        };
      });
    },
    // What stands before the first block is none of ours, and is found by that.
    blocks: (of, from, upTo) =>
      blocksIn(of, { from: from === 1 ? 0 : from, upTo, order: 'oldest' }),
    // What is newer than the balance may stand in a tail that was not read.
    blocksBack: (of) => blocksIn(of, { from: 0, upTo: versionOf(of), order: 'newest' }),
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
