/** Counters of daily limits (core/allowance.ts). By itself, so that accepting a request needs no more of the store than this. */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Counter } from '../core/allowance.ts';
import type { Store } from '../core/ports.ts';
import type { Tables } from './dynamo-client.ts';

export const counterKey = ({ of, currency, day }: Counter) => ({
  pk: `COUNTED#${of}`,
  sk: `${day}#${currency}`,
});

export const dynamoCounters = (
  client: DynamoDBDocumentClient,
  { control: TableName }: Tables,
): Pick<Store, 'counted'> => ({
  counted: async (counter) => {
    const get = new GetCommand({ TableName, Key: counterKey(counter), ConsistentRead: true });
    const { Item: row } = await client.send(get);
    return row === undefined ? 0n : z.object({ used: z.bigint() }).parse(row).used;
  },
});
