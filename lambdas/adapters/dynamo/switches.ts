/**
 * Keeps the switches in the `control` table: one item says how all of them are now, with an attribute for each, so that two
 * that are turned at once leave each other alone. Each turn is kept for ever in an item of its own.
 */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type Lever, levers, type SwitchStore, type Turn } from '../../core/switches/switches.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';

export const partition = 'SWITCHES';
export const stateKey = { pk: partition, sk: 'STATE' };
export const turned = z.object({
  on: z.boolean(),
  version: integer,
  by: z.string(),
  callerId: z.string(),
  reason: z.string(),
  at: instant,
});
/** A lever of newer code is none that this code has to look at. */
const stateRow = z.object(
  Object.fromEntries(levers.map((lever) => [lever, turned.optional()])) as Record<
    Lever,
    z.ZodOptional<typeof turned>
  >,
);
export const turnOf = (
  lever: Lever,
  { on, version, by, callerId, reason, at }: z.infer<typeof turned>,
): Turn => ({ lever, on, version, said: { by, callerId, reason, at } });

/** How the levers are now: all that a step needs of them. */
export const dynamoTurns = (
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): Pick<SwitchStore, 'turns'> => ({
  turns: async () => {
    const get = new GetCommand({ TableName, Key: stateKey, ConsistentRead: true });
    const row = stateRow.parse((await client.send(get)).Item ?? {});
    return new Map(
      levers.flatMap((lever) => {
        const found = row[lever];
        return found === undefined ? [] : [[lever, turnOf(lever, found)] as const];
      }),
    );
  },
});
