/**
 * The slow scan: finds what is open and not in the lists that sweep reads, as rows of old code or put there by hand may be, and
 * gives it its entries. It goes through the table a page at a time.
 */
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import {
  bucketOf,
  isTransactionId,
  isWithdrawalId,
  type OperationId,
} from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Unlisted } from '../../core/outbox/scan.ts';
import { hasEnded } from '../../core/withdrawal/waiting.ts';
import { type Stage, stages } from '../../core/withdrawal/withdrawal.ts';
import type { Tables } from './client.ts';
import { idIn, walletIdText } from './fields.ts';
import { duePartition, inboxPartition, type Row } from './keys.ts';
import { unknownIn } from './newer.ts';
import { openPartitions } from './open.ts';
import { pageItemsMax } from './page.ts';
import { updateAlone } from './write.ts';

const ended = (Object.keys(stages) as Stage[]).filter((stage) => hasEnded({ stage }));
const names = ended.map((_, index) => `:ended${index}`);
const filter = [
  'sk = :meta AND',
  `((begins_with(pk, :withdrawal) AND attribute_not_exists(openShard) AND NOT (${names.map((name) => `#stage = ${name}`).join(' OR ')}))`,
  'OR (begins_with(pk, :transaction) AND #status = :pending AND (attribute_not_exists(dueShard) OR attribute_not_exists(inbox))))',
].join(' ');

const found = z.object({
  pk: z.string(),
  sk: z.string(),
  version: z.bigint(),
  walletId: walletIdText,
  order: z.string(),
  stage: z.string().optional(),
  atBrokerage: z.boolean().optional(),
  inbox: z.string().optional(),
});

/** The Unlisted port over the `money` table. */
export const dynamoUnlisted = (
  client: DynamoDBDocumentClient,
  { money: TableName }: Tables,
): Unlisted => ({
  page: async (from) => {
    const { Items = [], LastEvaluatedKey = null } = await client.send(
      new ScanCommand({
        TableName,
        FilterExpression: filter,
        ExpressionAttributeNames: { '#stage': 'stage', '#status': 'status' },
        ExpressionAttributeValues: {
          ...{
            ':meta': 'META',
            ':withdrawal': 'WD#',
            ':transaction': 'TXN#',
            ':pending': 'PENDING',
          },
          ...Object.fromEntries(ended.map((stage, index) => [names[index], stage])),
        },
        Limit: pageItemsMax,
        ...(from === null ? {} : { ExclusiveStartKey: from }),
      }),
    );
    // What a row says in words of newer code is left alone, whole (newer.ts).
    return { rows: Items.filter((row) => unknownIn(row) === null), next: LastEvaluatedKey };
  },
  placeOf: (row) => ({ pk: row['pk'], sk: row['sk'] }),
  mend: (row, now) => mend(client, TableName, row, now),
});

/** It is due at once, unless it is so already or waits for a person. Who has changed it meanwhile has listed it. */
async function mend(
  client: DynamoDBDocumentClient,
  TableName: string,
  row: Row,
  now: Instant,
): ReturnType<Unlisted['mend']> {
  const read = found.safeParse(row);
  if (!read.success) return 'unreadable';
  const { pk, sk, version } = read.data;
  const id = idIn(pk);
  if (!isWithdrawalId(id) && !isTransactionId(id)) return 'unreadable';
  const isDue = row['dueShard'] !== undefined && row['dueAt'] !== undefined;
  const due =
    isDue || row['stage'] === 'review'
      ? {}
      : { dueAt: now, dueShard: duePartition(bucketOf(id, dueShards)) };
  const open = isWithdrawalId(id) ? { openShard: openPartitions[bucketOf(id, dueShards)] } : {};
  // The version is raised: whoever has read the row before would not take the entries out again at its end.
  const written: Row = { ...due, ...open, ...inboxEntry(read.data, id), version: version + 1n };
  const fields = Object.keys(written);
  const isMade = await updateAlone(
    client,
    {
      TableName,
      Key: { pk, sk },
      UpdateExpression: `SET ${fields.map((field) => `#${field} = :${field}To`).join(', ')}`,
      ConditionExpression: '#version = :version',
      ExpressionAttributeNames: {
        '#version': 'version',
        ...Object.fromEntries(fields.map((field) => [`#${field}`, field])),
      },
      ExpressionAttributeValues: {
        ':version': version,
        ...Object.fromEntries(fields.map((field) => [`:${field}To`, written[field]])),
      },
    },
    written,
  );
  return isMade ? 'listed' : 'changed';
}

/**
 * A doorbell names the wallet of what waits in its inbox, so that is where it has to be found. A withdrawal of a ledger's wallet is named
 * itself (core/outbox/doorbells.ts).
 */
function inboxEntry({ walletId, order, ...row }: z.output<typeof found>, id: OperationId): Row {
  const isNamed = isWithdrawalId(id) && !(row.stage === 'requested' && row.atBrokerage === true);
  if (isNamed || row.inbox !== undefined) return {};
  return { inbox: inboxPartition(walletId, 0), inboxOrder: order };
}
