/** Keeps the counters of withdrawals in the `control` table: in parts, an item for each window of time (core/operations/stats.ts). */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { all } from '../../core/kernel/all.ts';
import { eachSideBySide } from '../../core/kernel/side-by-side.ts';
import type { Instant } from '../../core/kernel/time.ts';
import {
  type Bundle,
  bundlesOf,
  countNames,
  leftOf,
  noCounts,
  type Place,
  parts,
  type StatsStore,
  sumOfCounts,
  type Window,
  windowOf,
} from '../../core/operations/stats.ts';
import type { Tables } from './client.ts';
import { integer } from './fields.ts';
import type { Row } from './keys.ts';
import { pageItemsMax } from './page.ts';
import { updateOrSee } from './write.ts';

const partitionOf = (part: number): string => `STATS#${part}`;
/** All windows stood in one partition before there were parts. What was counted there then still counts. */
const undivided = 'STATS';
const keyOf = (place: Place) => ({
  pk: partitionOf(place.part),
  sk: `WINDOW#${String(windowOf(place)).padStart(3, '0')}`,
});

const signed = z.bigint().transform(Number);
const countOf = Object.fromEntries(countNames.map((name) => [name, signed.default(0)])) as Record<
  (typeof countNames)[number],
  z.ZodDefault<typeof signed>
>;
/** `counts`: those of an undivided window. */
const countsRow = z.object({
  second: integer,
  counts: z.object(countOf).default(noCounts),
  ...countOf,
});
const windowRow = z.object({ second: integer, seen: z.set(z.string()) });

/** Writes at the same time for one batch. */
const writesMax = 16;
/** Every refusal shows what stands there, so a second time is usual and a third one rare. */
const roundsMax = 10;

export function dynamoStats(
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): StatsStore {
  /** The newest second that this worker knows to be counted in at a place. */
  const open = new Map<string, number>();
  /**
   * Whether others had begun the last second that was new to this worker: they have begun the next one, too, where much is counted
   * at the same time, and nobody has for a change that comes alone. A guess that is wrong costs one write that is refused.
   */
  let othersBegin = false;

  async function countIn(bundle: Bundle): Promise<void> {
    const { pk, sk } = keyOf(bundle);
    const place = `${pk} ${sk}`;
    const isKnown = (open.get(place) ?? -1) >= bundle.second;
    let left = { opens: !isKnown && !othersBegin, changes: bundle.changes };
    for (let round = 0; round < roundsMax; round += 1) {
      const there = await updateOrSee(client, {
        TableName,
        Key: { pk, sk },
        ...additionOf(bundle.second, left),
      });
      if (there !== null) left = leftOf(bundle, windowIn(there));
      if (there === null || left.changes.length === 0) {
        if (!isKnown) othersBegin = !left.opens;
        open.set(place, Math.max(bundle.second, open.get(place) ?? 0));
        return;
      }
    }
    throw new Error(`the window of ${bundle.second} changes all the time`);
  }
  return {
    count: (changes) => eachSideBySide(bundlesOf(changes), writesMax, countIn),
    total: async () => (await soFar()).counts,
    soFar,
  };

  async function windowsOf(partition: string) {
    const windows: z.infer<typeof countsRow>[] = [];
    let ExclusiveStartKey: Row | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': partition },
          Limit: pageItemsMax,
          ExclusiveStartKey,
        }),
      );
      for (const row of page.Items ?? []) windows.push(countsRow.parse(row));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return windows;
  }

  async function soFar() {
    const partitions = Array.from({ length: parts }, (_, part) => partitionOf(part));
    const windows = (await all([undivided, ...partitions].map(windowsOf))).flat();
    const seconds = windows.map(({ second }) => second);
    return {
      counts: sumOfCounts(windows.flatMap((one) => [one, one.counts])),
      until: seconds.length === 0 ? null : ((Math.max(...seconds) * 1_000) as Instant),
    };
  }
}

/** A row has no fields where there was none. */
const windowIn = (row: Row): Window | null =>
  Object.keys(row).length === 0 ? null : windowRow.parse(row);

/**
 * Adds the changes to the window, on condition that none of them is in it, whoever else adds to it at the same moment. Where `opens`
 * it begins a newer second, and forgets what it has seen.
 */
function additionOf(second: number, { opens, changes }: ReturnType<typeof leftOf>) {
  const sums = Object.entries(sumOfCounts(changes.map(({ counts }) => counts)));
  const added = sums.filter(([, by]) => by !== 0);
  const ids = changes.map(({ id }) => id);
  const plus = [...(opens ? [] : ['#seen :seen']), ...added.map(([name]) => `#${name} :${name}`)];
  const begin = opens ? 'SET #second = :second, #seen = :seen' : '';
  return {
    UpdateExpression: [begin, plus.length === 0 ? '' : `ADD ${plus.join(', ')}`].join(' ').trim(),
    ConditionExpression: opens
      ? 'attribute_not_exists(#second) OR #second < :second'
      : ['#second >= :second', ...ids.map((_, n) => `NOT contains(#seen, :id${n})`)].join(' AND '),
    ExpressionAttributeNames: {
      ...{ '#second': 'second', '#seen': 'seen' },
      ...Object.fromEntries(added.map(([name]) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: {
      ...{ ':second': second, ':seen': new Set(ids) },
      ...Object.fromEntries(added.map(([name, by]) => [`:${name}`, by])),
      ...(opens ? {} : Object.fromEntries(ids.map((id, n) => [`:id${n}`, id]))),
    },
  };
}
