/**
 * Keeps the switches in the `control` table: one item says how all of them are now, with an attribute for each, so that two
 * that are turned at once leave each other alone. Each turn is kept for ever in an item of its own.
 */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import {
  type Lever,
  levers,
  type SwitchStore,
  type Turn,
  type Turns,
} from '../../core/switches/switches.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';
import type { Row } from './keys.ts';
import type { Riding } from './riding.ts';

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
): Pick<SwitchStore, 'turns'> => ({ turns: async () => turnsIn(await read(client, TableName)) });

/** The same for a function that reads batches, with which the item travels: it may have been read `goodMs` ago. */
export function turnsAlong(
  client: DynamoDBDocumentClient,
  { control }: Pick<Tables, 'control'>,
  riding: Riding,
  goodMs: number,
): Pick<SwitchStore, 'turns'> {
  const readAlone = () => read(client, control);
  return { turns: async () => turnsIn(await riding.row(control, stateKey, goodMs, readAlone)) };
}

async function read(client: DynamoDBDocumentClient, TableName: string): Promise<Row | undefined> {
  const get = new GetCommand({ TableName, Key: stateKey, ConsistentRead: true });
  return (await client.send(get)).Item;
}

function turnsIn(state: Row | undefined): Turns {
  const row = stateRow.parse(state ?? {});
  return new Map(
    levers.flatMap((lever) => {
      const found = row[lever];
      return found === undefined ? [] : [[lever, turnOf(lever, found)] as const];
    }),
  );
}
