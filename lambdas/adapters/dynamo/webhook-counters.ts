/** The rows of the `webhooks` table that count: an endpoint's deliveries, and how far a replay has come. */
import * as z from 'zod';
import { bucketOf, type EndpointId, type ReplayId } from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import type { Replay } from '../../core/webhooks/replay.ts';
import type { Tally } from '../../core/webhooks/tally.ts';
import { idText, instant, integer } from './fields.ts';
import { duePartition, type Row } from './keys.ts';
import { expiryOf } from './webhook-rows.ts';

export const statsKey = (id: EndpointId, shard: number) => ({
  pk: `STATS#${id}#${shard}`,
  sk: 'TOTAL',
});

export const replayKey = (id: ReplayId) => ({ pk: `REPLAY#${id}`, sk: 'STATE' });
/** The replay of a row that is due; `null`: the row is none. */
export const replayIn = (pk: string): ReplayId | null =>
  pk.startsWith('REPLAY#') ? (pk.slice('REPLAY#'.length) as ReplayId) : null;

const replayRow = z.object({
  id: idText<ReplayId>(),
  endpointId: idText<EndpointId>(),
  tenant: z.string(),
  since: instant,
  until: instant,
  total: integer,
  done: integer,
  place: z.string().nullable().default(null),
  dueAt: instant.nullable().default(null),
  version: integer,
});
export const replayFrom = (row: unknown): Replay => replayRow.parse(row);
export const replayToRow = (replay: Replay): Row => ({
  ...replayKey(replay.id),
  ...replay,
  place: replay.place ?? undefined,
  dueAt: replay.dueAt ?? undefined,
  dueShard: replay.dueAt === null ? undefined : duePartition(bucketOf(replay.id, dueShards)),
  expiresAt: expiryOf(replay.until),
});

const counts = ['open', 'completed', 'failed', 'attempts'] as const;
const bucketName = (bucket: number): string => `took${bucket}`;
const isBucket = /^took(\d+)$/;
const signed = z.bigint().transform(Number);

/** What adds a tally to its counters. `null`: there is nothing to add. */
export function addition(table: string, id: EndpointId, shard: number, tally: Tally) {
  const fields = new Map<string, number>([
    ...counts.map((name) => [name, tally[name]] as const),
    ...[...tally.spread].map(([bucket, count]) => [bucketName(bucket), count] as const),
  ]);
  const changed = [...fields].filter(([, by]) => by !== 0);
  if (changed.length === 0) return null;
  return {
    TableName: table,
    Key: statsKey(id, shard),
    UpdateExpression: `ADD ${changed.map((_, index) => `#n${index} :n${index}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(
      changed.map(([name], index) => [`#n${index}`, name]),
    ),
    ExpressionAttributeValues: Object.fromEntries(
      changed.map(([, by], index) => [`:n${index}`, by]),
    ),
  };
}

const statsRow = z.object({
  open: signed.default(0),
  completed: signed.default(0),
  failed: signed.default(0),
  attempts: signed.default(0),
});
export function tallyFrom(row: Row): Tally {
  const buckets = Object.entries(row).flatMap(([name, value]): [number, number][] => {
    const [, bucket] = isBucket.exec(name) ?? [];
    return bucket === undefined ? [] : [[Number(bucket), signed.parse(value)]];
  });
  return { ...statsRow.parse(row), spread: new Map(buckets) };
}
