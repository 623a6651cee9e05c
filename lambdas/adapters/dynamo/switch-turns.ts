/** Turns switches, and keeps each turn for ever in an item of its own. */
import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { levers, type SwitchStore } from '../../core/switches/switches.ts';
import type { Tables } from './client.ts';
import { dynamoTurns, partition, stateKey, turned, turnOf } from './switches.ts';
import { transact } from './write.ts';

const historyRow = turned.extend({ lever: z.enum(levers) });

export function dynamoSwitchStore(
  client: DynamoDBDocumentClient,
  tables: Pick<Tables, 'control'>,
): SwitchStore {
  const { control: TableName } = tables;
  return {
    ...dynamoTurns(client, tables),
    turn: async ({ lever, on, version, said }) => {
      const to = { on, version, ...said };
      const isFirst = version === 1;
      const refused = await transact(client, [
        {
          Update: {
            TableName,
            Key: stateKey,
            UpdateExpression: 'SET #lever = :to, #version = :version',
            ConditionExpression: isFirst ? 'attribute_not_exists(#version)' : '#version = :before',
            ExpressionAttributeNames: { '#lever': lever, '#version': `${lever}#version` },
            ExpressionAttributeValues: {
              ':to': to,
              ':version': version,
              ...(isFirst ? {} : { ':before': version - 1 }),
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
