/** Keeps circuit breakers in the `control` table: one item for each operation of a provider. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Breaker, Breakers } from '../../core/breakers/breaker.ts';
import { breakerMemoryMs } from '../../core/kernel/limits.ts';
import type { Clock } from '../../core/kernel/world.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';
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

/** The Breakers port. A read is remembered for `breakerMemoryMs`, so a healthy provider costs next to no reads. */
export function dynamoBreakers(
  client: DynamoDBDocumentClient,
  { control }: Tables,
  clock: Clock,
): Breakers {
  let remembered: { names: string; at: number; breakers: Breaker[] } | null = null;
  return {
    read: async (names) => {
      const key = names.join();
      if (remembered?.names === key && clock.now() - remembered.at < breakerMemoryMs)
        return remembered.breakers;
      const rows = await batchGet(client, control, names.map(keyOf));
      const breakers = rows.map((row): Breaker => breakerRow.parse(row));
      remembered = { names: key, at: clock.now(), breakers };
      return breakers;
    },
    save: async (to) => {
      remembered = null;
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
