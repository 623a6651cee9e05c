/**
 * Keeps the switches in the `control` table: one item says how all of them are now, with an attribute for each, so that two
 * that are turned at once leave each other alone. Each turn is kept for ever in an item of its own.
 */
import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { type Lever, levers, type SwitchStore, type Turn } from '../../core/switches/switches.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';
import { transact } from './write.ts';

const partition = 'SWITCHES';
const Key = { pk: partition, sk: 'STATE' };
const turned = z.object({
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
const historyRow = turned.extend({ lever: z.enum(levers) });

const turnOf = (
  lever: Lever,
  { on, version, by, callerId, reason, at }: z.infer<typeof turned>,
): Turn => ({ lever, on, version, said: { by, callerId, reason, at } });

export function dynamoSwitches(
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): SwitchStore {
  return {
    turns: async () => {
      const get = new GetCommand({ TableName, Key, ConsistentRead: true });
      const row = stateRow.parse((await client.send(get)).Item ?? {});
      return new Map(
        levers.flatMap((lever) => {
          const found = row[lever];
          return found === undefined ? [] : [[lever, turnOf(lever, found)] as const];
        }),
      );
    },
    turn: async ({ lever, on, version, said }) => {
      const to = { on, version, ...said };
      const isBefore = version === 1 ? 'attribute_not_exists(#lever)' : '#lever.#version = :before';
      const refused = await transact(client, [
        {
          Update: {
            TableName,
            Key,
            UpdateExpression: 'SET #lever = :to',
            ConditionExpression: isBefore,
            ExpressionAttributeNames: {
              '#lever': lever,
              ...(version === 1 ? {} : { '#version': 'version' }),
            },
            ExpressionAttributeValues: {
              ':to': to,
              ...(version === 1 ? {} : { ':before': version - 1 }),
            },
          },
        },
        {
          Put: {
            TableName,
            Item: {
              pk: partition,
              sk: `TURN#${String(said.at).padStart(14, '0')}#${lever}#${version}`,
              lever,
              ...to,
            },
          },
        },
      ]);
      return refused.length === 0;
    },
    history: async (limit) => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :turns)',
          ExpressionAttributeValues: { ':pk': partition, ':turns': 'TURN#' },
          ScanIndexForward: false,
          Limit: limit,
          ConsistentRead: true,
        }),
      );
      return Items.map((row) => {
        const { lever, ...rest } = historyRow.parse(row);
        return turnOf(lever, rest);
      });
    },
  };
}
