/** The EndpointRegister port: what clients do with their endpoints, and the deliveries that they ask for themselves. */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { webhookEndpointsMax } from '../../core/kernel/limits.ts';
import type { EndpointRegister } from '../../core/webhooks/store.ts';
import type { Tables } from './client.ts';
import {
  creationsKey,
  endpointKey,
  endpointsBegin,
  endpointToRow,
  healthKey,
  ownerKey,
  tenantPartition,
} from './webhook-rows.ts';
import { atVersion, rowsOf } from './webhooks.ts';
import { transact } from './write.ts';

const creationsRow = z.object({ creations: z.bigint() });
const isNew = 'attribute_not_exists(pk)';

export function dynamoEndpointRegister(
  client: DynamoDBDocumentClient,
  { webhooks: TableName }: Pick<Tables, 'webhooks'>,
): EndpointRegister {
  const get = async (Key: { pk: string; sk: string }) =>
    (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
  return {
    create: async (endpoint) => {
      const { id, tenant } = endpoint;
      const owner = {
        TableName,
        Item: { ...ownerKey(id), tenant },
        ConditionExpression: `${isNew} OR tenant = :tenant`,
        ExpressionAttributeValues: { ':tenant': tenant },
      };
      const created = { TableName, Item: endpointToRow(endpoint), ConditionExpression: isNew };
      // Whoever is refused has seen another endpoint created, so this ends at the limit.
      for (;;) {
        const creations = await get(creationsKey(tenant));
        const there = { pk: tenantPartition(tenant), begins: endpointsBegin };
        if ((await rowsOf(client, TableName, there)).length >= webhookEndpointsMax) return false;
        const seen = creations === undefined ? 0n : creationsRow.parse(creations).creations;
        const counted = {
          TableName,
          Item: { ...creationsKey(tenant), creations: seen + 1n },
          ...(creations === undefined
            ? { ConditionExpression: isNew }
            : {
                ConditionExpression: 'creations = :seen',
                ExpressionAttributeValues: { ':seen': seen },
              }),
        };
        const refused = await transact(client, [
          { Put: owner },
          { Put: created },
          { Put: counted },
        ]);
        // An endpoint of this id is this endpoint.
        if (!refused.includes(2) || refused.length > 1) return true;
      }
    },
    change: async (to, anew) => {
      const { tenant, id } = to;
      const refused = await transact(client, [
        { Put: { TableName, Item: endpointToRow(to), ...atVersion(to.version - 1) } },
        ...(anew ? [{ Delete: { TableName, Key: healthKey(tenant, id) } }] : []),
      ]);
      return refused.length === 0;
    },
    remove: async ({ tenant, id }) => {
      const refused = await transact(client, [
        {
          Delete: {
            TableName,
            Key: endpointKey(tenant, id),
            ConditionExpression: 'attribute_exists(pk)',
          },
        },
        { Delete: { TableName, Key: ownerKey(id) } },
        { Delete: { TableName, Key: healthKey(tenant, id) } },
      ]);
      return refused.length === 0;
    },
  };
}
