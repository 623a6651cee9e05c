/** Keeps the counters of withdrawals in the `control` table: an item for each window of time (core/operations/stats.ts). */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Instant } from '../../core/kernel/time.ts';
import {
  type Change,
  counted,
  countNames,
  type StatsStore,
  sumOfCounts,
  type Window,
  windowOf,
} from '../../core/operations/stats.ts';
import type { Tables } from './client.ts';
import { integer } from './fields.ts';
import type { Row } from './keys.ts';
import { putAlone } from './write.ts';

const partition = 'STATS';
const keyOf = (second: number) => ({
  pk: partition,
  sk: `WINDOW#${String(windowOf(second)).padStart(3, '0')}`,
});

const signed = z.bigint().transform(Number);
const counts = z.object(
  Object.fromEntries(countNames.map((name) => [name, signed])) as Record<
    (typeof countNames)[number],
    typeof signed
  >,
);
const windowRow = z.object({
  second: integer,
  seen: z.array(z.string()),
  counts,
  version: integer,
});

type Saved = Window & { version: number };

/** Workers that count the same second at the same moment. */
const roundsMax = 20;
const parse = (row: unknown) => windowRow.parse(row);

export function dynamoStats(
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): StatsStore {
  /**
   * What this worker has read when it began, or written since, saves it a read for each second. Where others have written meanwhile
   * it is refused, and the refusal shows what stands there.
   */
  let known: Promise<Map<number, Saved>> | null = null;
  const windows = async (): Promise<Map<number, Saved>> => {
    known ??= allWindows().then(
      (all) => new Map(all.map((one) => [windowOf(one.second), one] as const)),
    );
    try {
      return await known;
    } catch (error) {
      known = null;
      throw error;
    }
  };
  const countIn = async (second: number, changes: readonly Change[]): Promise<void> => {
    const known = await windows();
    for (let round = 0; round < roundsMax; round += 1) {
      const before = known.get(windowOf(second)) ?? null;
      const after = counted(before, second, changes);
      if (after === null) return;
      const version = (before?.version ?? 0) + 1;
      const Item: Row = { ...keyOf(second), ...after, version };
      known.delete(windowOf(second));
      const put = {
        TableName,
        Item,
        ConditionExpression: before === null ? 'attribute_not_exists(pk)' : '#version = :before',
        ...(before === null
          ? {}
          : {
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':before': before.version },
            }),
      };
      const isSaved = await putAlone(client, put, (there) => {
        known.set(windowOf(second), parse(there));
      });
      if (isSaved) {
        known.set(windowOf(second), { ...after, version });
        return;
      }
    }
    throw new Error(`the window of ${second} is being counted in all the time`);
  };
  return {
    count: async (changes) => {
      const bySecond = Map.groupBy(changes, ({ second }) => second);
      for (const [second, own] of [...bySecond].sort(([a], [b]) => a - b))
        await countIn(second, own);
    },
    total: async () => (await soFar()).counts,
    soFar,
  };

  async function allWindows(): Promise<Saved[]> {
    const all: Saved[] = [];
    let ExclusiveStartKey: Row | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': partition },
          ExclusiveStartKey,
        }),
      );
      for (const row of page.Items ?? []) all.push(parse(row));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return all;
  }

  async function soFar() {
    const all = await allWindows();
    const seconds = all.map(({ second }) => second);
    return {
      counts: sumOfCounts(all.map(({ counts }) => counts)),
      until: seconds.length === 0 ? null : ((Math.max(...seconds) * 1_000) as Instant),
    };
  }
}
