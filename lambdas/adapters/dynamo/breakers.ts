/** Keeps circuit breakers in the `control` table: one item for each operation of a provider. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Breaker, Breakers } from '../../core/breakers/breaker.ts';
import { breakerMemoryMs } from '../../core/kernel/limits.ts';
import type { Clock } from '../../core/kernel/world.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';
import { type Key, makeRiding, type Riding } from './riding.ts';
import { batchGet } from './store.ts';
import { putAlone } from './write.ts';

const keyOf = (name: string) => ({ pk: `BREAKER#${name}`, sk: 'STATE' });

const breakerRow = z.object({
  name: z.string(),
  version: integer,
  state: z.discriminatedUnion('is', [
    z.object({ is: z.literal('CLOSED'), faults: integer }),
    z.object({
      is: z.literal('OPEN'),
      since: instant,
      faults: integer,
      openings: integer,
      probeAt: instant,
    }),
    z.object({
      is: z.literal('HALF_OPEN'),
      since: instant,
      openings: integer,
      allowed: integer,
    }),
  ]),
});

/**
 * The Breakers port. A read is remembered for `breakerMemoryMs`, and travels with what the function reads anyway, so a healthy
 * provider costs next to no calls.
 */
export function dynamoBreakers(
  client: DynamoDBDocumentClient,
  { control }: Tables,
  clock: Clock,
  riding: Riding = makeRiding(clock),
): Breakers {
  const read = (keys: readonly Key[]) => batchGet(client, control, keys);
  return {
    read: async (names) => {
      const rows = await riding.rows(control, names.map(keyOf), breakerMemoryMs, read);
      return rows.flatMap((row): Breaker[] => (row === undefined ? [] : [breakerRow.parse(row)]));
    },
    save: async (to) => {
      riding.forget(control, [keyOf(to.name)]);
      return putAlone(client, {
        TableName: control,
        Item: { ...keyOf(to.name), ...to },
        ConditionExpression: 'attribute_not_exists(pk) OR #version = :before',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':before': to.version - 1 },
      });
    },
  };
}
