/** Keeps the counters of withdrawals in the `control` table: an item for each window of time (core/operations/stats.ts). */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
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
  /** What this worker has written last saves it a read, and is refused where others have written since. */
  const known = new Map<number, Saved>();
  const read = async (second: number): Promise<Saved | null> => {
    const get = new GetCommand({ TableName, Key: keyOf(second), ConsistentRead: true });
    const { Item } = await client.send(get);
    return Item === undefined ? null : parse(Item);
  };
  const countIn = async (second: number, changes: readonly Change[]): Promise<void> => {
    for (let round = 0; round < roundsMax; round += 1) {
      const before = known.get(windowOf(second)) ?? (await read(second));
      const after = counted(before, second, changes);
      if (after === null) return;
      const version = (before?.version ?? 0) + 1;
      const Item: Row = { ...keyOf(second), ...after, version };
      const saved = await putAlone(client, {
        TableName,
        Item,
        ConditionExpression: before === null ? 'attribute_not_exists(pk)' : '#version = :before',
        ...(before === null
          ? {}
          : {
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':before': before.version },
            }),
      });
      if (saved) {
        known.set(windowOf(second), { ...after, version });
        return;
      }
      known.delete(windowOf(second));
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

  async function soFar() {
    const all: Window[] = [];
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
    const seconds = all.map(({ second }) => second);
    return {
      counts: sumOfCounts(all.map(({ counts }) => counts)),
      until: seconds.length === 0 ? null : ((Math.max(...seconds) * 1_000) as Instant),
    };
  }
}
