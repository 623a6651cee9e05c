/** Reads records of wires and claims. It is a file of its own so that only the functions that need it contain it. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WireStore } from '../../core/store/store.ts';
import type { WireRecord } from '../../core/store/wire-record.ts';
import { claimFrom, claimKey } from './claims.ts';
import type { Tables } from './client.ts';
import { effectFields } from './effect-rows.ts';
import { absentIsNull, minorNumber } from './fields.ts';
import { keyOf } from './keys.ts';
import { batchGet } from './store.ts';

const wireRow = z.object({
  ...effectFields,
  transferId: z.string(),
  accountId: z.string().optional(),
  bankId: z.string(),
  amount: minorNumber,
  memo: z.string(),
  wireId: absentIsNull,
});
export function wireFrom(row: unknown): WireRecord {
  const { pk: withdrawalId, ...rest } = wireRow.parse(row);
  return { kind: 'wire', withdrawalId, ...rest };
}

export const dynamoWires = (
  client: DynamoDBDocumentClient,
  { money, control }: Tables,
): WireStore => ({
  wires: async (wanted) => {
    const keys = wanted.map(({ withdrawalId, transferId }) => keyOf.wire(withdrawalId, transferId));
    return (await batchGet(client, money, keys)).map(wireFrom);
  },
  claims: async (transferIds) =>
    new Map((await batchGet(client, control, transferIds.map(claimKey))).map(claimFrom)),
});
