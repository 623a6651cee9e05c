/** Finds withdrawals, credits and debits by when they have changed, for retell, and keeps how far retell is in the `control` table. */
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { behindAllOf } from '../../core/kernel/place.ts';
import type { Place } from '../../core/outbox/laps.ts';
import type { Changed, Way } from '../../core/outbox/retell.ts';
import type { Span } from '../../core/outbox/tell-anew.ts';
import { systemClock } from '../net/clock.ts';
import { dynamoListed } from './changed-listed.ts';
import { changesIn, keysOf } from './changed-rows.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';
import { pageItemsMax } from './page.ts';
import { batchGet } from './store.ts';

const span = { from: instant, until: instant };
/** The code before this one has `until` alone. */
const keptRow = z
  .object({
    until: instant,
    expiresAt: integer.default(Number.POSITIVE_INFINITY),
    since: instant.optional(),
    underway: z
      .object({ ...span, place: z.record(z.string(), z.unknown()), isInVain: z.boolean() })
      .nullable()
      .default(null),
    unreadable: z.array(z.object({ ...span, id: z.string() })).default([]),
  })
  .transform(({ expiresAt, ...row }) => ({
    expiresAt,
    kept: { ...row, since: row.since ?? row.until },
  }));
/** Who names a span again after so long wants all of it told once more, and not what was left of the first time. */
const spanKeptSeconds = 86_400;
const secondsNow = (): number => Math.floor(systemClock.now() / 1_000);

const keyOfKept = (of: Way | Span) => ({
  pk: 'RETELL',
  sk:
    typeof of === 'string' ? { listed: 'LAST', table: 'ROUND' }[of] : `SPAN#${of.from}#${of.until}`,
});

/** The Changed port. One page looks at `pageItems` items, or at 1 MB, DynamoDB's own limit. */
export const dynamoChanged = (
  client: DynamoDBDocumentClient,
  { money, control }: Pick<Tables, 'money' | 'control'>,
  pageItems = pageItemsMax,
): Changed => {
  const listed = dynamoListed(client, { money }, pageItems);
  const scanned = async ({ from, until }: Span, place: Place | null) => {
    const { Items = [], LastEvaluatedKey = null } = await client.send(
      new ScanCommand({
        TableName: money,
        FilterExpression:
          'sk = :meta AND ((begins_with(pk, :withdrawal) AND updatedAt >= :from AND #order < :after) OR (begins_with(pk, :transaction) AND processedAt BETWEEN :from AND :until))',
        ExpressionAttributeNames: { '#order': 'order' },
        ExpressionAttributeValues: {
          ...{ ':meta': 'META', ':withdrawal': 'WD#', ':transaction': 'TXN#' },
          ...{ ':from': from, ':until': until, ':after': behindAllOf(until) },
        },
        Limit: pageItems,
        ...(place === null ? {} : { ExclusiveStartKey: place }),
      }),
    );
    return { ...changesIn(Items), next: LastEvaluatedKey };
  };
  return {
    page: (way, span, from) => (way === 'table' ? scanned(span, from) : listed(way, span, from)),
    named: async (ids) => changesIn(await batchGet(client, money, keysOf(ids))),
    kept: async (of) => {
      const { Item } = await client.send(
        new GetCommand({ TableName: control, Key: keyOfKept(of), ConsistentRead: true }),
      );
      const row = Item === undefined ? null : keptRow.parse(Item);
      // DynamoDB removes what has expired within days (DynamoDB guide, "Time to Live").
      return row === null || row.expiresAt < secondsNow() ? null : row.kept;
    },
    keep: async (of, kept) => {
      const expires = typeof of === 'string' ? {} : { expiresAt: secondsNow() + spanKeptSeconds };
      const Item = { ...keyOfKept(of), ...kept, ...expires };
      await client.send(new PutCommand({ TableName: control, Item }));
    },
  };
};
