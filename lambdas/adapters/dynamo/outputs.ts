/** Reads which payouts outputs of a treasury are bound to. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { BoundOutputs } from '../../core/store/outputs.ts';
import type { Tables } from './client.ts';
import { withdrawalIdText } from './fields.ts';
import { outputKey } from './output-rows.ts';
import { batchGet } from './store.ts';

const outputRows = z.array(z.object({ outpoint: z.string(), withdrawalId: withdrawalIdText }));

export const dynamoOutputs = (
  client: DynamoDBDocumentClient,
  { control }: Tables,
): BoundOutputs => ({
  owners: async (network, outpoints) => {
    const keys = outpoints.map((outpoint) => outputKey(network, outpoint));
    const rows = outputRows.parse(await batchGet(client, control, keys));
    return new Map(rows.map(({ outpoint, withdrawalId }) => [outpoint, withdrawalId]));
  },
});
