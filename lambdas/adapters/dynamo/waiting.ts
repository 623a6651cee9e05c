/** Where what waits in a wallet is found: in the parts of its inbox, and in those of the list of its withdrawals. */
import {
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { OperationId, WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import type { Place } from '../../core/kernel/place.ts';
import type { Instant } from '../../core/kernel/time.ts';
import { idInKey } from './fields.ts';
import { acceptedAtOf, inboxPartition, type Row, walletListPartitions } from './keys.ts';

/** The first items of each query, as many as it asks for, asked side by side. */
const firstPages = async (
  client: DynamoDBDocumentClient,
  queries: readonly (QueryCommandInput & { Limit: number })[],
): Promise<Row[]> => (await Promise.all(queries.map((query) => firstItems(client, query)))).flat();

/** A page ends at 1 MB, too (DynamoDB API reference, "Query"). */
async function firstItems(
  client: DynamoDBDocumentClient,
  query: QueryCommandInput & { Limit: number },
): Promise<Row[]> {
  const found: Row[] = [];
  let place: Row | undefined;
  do {
    const Limit = query.Limit - found.length;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({ ...query, Limit, ExclusiveStartKey: place }),
    );
    found.push(...Items);
    place = LastEvaluatedKey;
  } while (place !== undefined && found.length < query.Limit);
  return found;
}

const inboxRows = z.array(z.object({ pk: idInKey<OperationId>(), inboxOrder: z.string() }));

/** Merges the oldest operations of each shard: the oldest of all are among them. */
export async function readInbox(
  client: DynamoDBDocumentClient,
  table: string,
  walletId: WalletId,
  count: number,
  limit: number,
): Promise<{ id: OperationId; acceptedAt: Instant }[]> {
  const queries = Array.from({ length: count }, (_, shard) => ({
    TableName: table,
    IndexName: 'inbox',
    KeyConditionExpression: 'inbox = :inbox',
    ExpressionAttributeValues: { ':inbox': inboxPartition(walletId, shard) },
    Limit: limit,
  }));
  const rows = inboxRows.parse(await firstPages(client, queries));
  rows.sort((a, b) => (a.inboxOrder < b.inboxOrder ? -1 : 1));
  return rows
    .slice(0, limit)
    .map(({ pk: id, inboxOrder }) => ({ id, acceptedAt: acceptedAtOf(inboxOrder) }));
}

const listedRows = z.array(z.object({ pk: idInKey<WithdrawalId>(), order: z.string() }));

/**
 * A part of the list of a wallet's withdrawals, oldest first: merges the oldest behind a place, or the newest, of each shard, as above.
 */
export async function readAccepted(
  client: DynamoDBDocumentClient,
  table: string,
  walletId: WalletId,
  count: number,
  after: Place | null,
  limit: number,
): Promise<{ id: WithdrawalId; acceptedAt: Instant }[]> {
  const queries = walletListPartitions(walletId, count).map((list) => ({
    TableName: table,
    IndexName: 'byWallet',
    KeyConditionExpression: `#list = :list${after === null ? '' : ' AND #order > :after'}`,
    ExpressionAttributeNames: {
      '#list': 'list',
      ...(after === null ? {} : { '#order': 'order' }),
    },
    ExpressionAttributeValues: {
      ':list': list,
      ...(after === null ? {} : { ':after': after }),
    },
    ScanIndexForward: after !== null,
    Limit: limit,
  }));
  const rows = listedRows.parse(await firstPages(client, queries));
  rows.sort((a, b) => (a.order < b.order ? -1 : 1));
  const some = after === null ? rows.slice(-limit) : rows.slice(0, limit);
  return some.map(({ pk: id, order }) => ({ id, acceptedAt: acceptedAtOf(order) }));
}
