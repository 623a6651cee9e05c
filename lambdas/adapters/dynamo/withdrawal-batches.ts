/**
 * Keeps batches of withdrawals in the `control` table, for ever: nothing there rings anybody. What was refused is compressed, for
 * five hundred refusals in words would be an item too large.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WithdrawalBatchId } from '../../core/kernel/ids.ts';
import type { Batches, WithdrawalBatch } from '../../core/requests/batch.ts';
import { type Problem, problemCodes } from '../../core/requests/problem.ts';
import type { Tables } from './client.ts';
import { bytesOf, digest, idInKey, instant, withdrawalIdText } from './fields.ts';
import type { Row } from './keys.ts';
import { putAlone, updateAlone } from './write.ts';

const keyOf = (id: WithdrawalBatchId) => ({ pk: `WITHDRAWAL-BATCH#${id}`, sk: 'LINES' });

const member = z.union([withdrawalIdText, z.null()]);
const batchRow = z.object({
  pk: idInKey<WithdrawalBatchId>(),
  tenant: z.string(),
  requestHash: digest,
  createdAt: instant,
  members: z.array(member),
  refusals: z.instanceof(Uint8Array).optional(),
});

const refusalsShape = z.array(
  z.tuple([
    z.int(),
    z.object({
      problem: z.enum(problemCodes),
      detail: z.string(),
      errors: z
        .array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() }))
        .optional(),
      more: z.record(z.string(), z.string().nullable()).optional(),
    }),
  ]),
);

const packed = (refusals: ReadonlyMap<number, Problem>): Uint8Array =>
  deflateRawSync(JSON.stringify([...refusals]));

const unpacked = (bytes: Uint8Array): ReadonlyMap<number, Problem> =>
  new Map(
    refusalsShape.parse(JSON.parse(inflateRawSync(bytes).toString('utf8'))) as [number, Problem][],
  );

/** The row of a batch that is just begun. */
export const batchToRow = ({
  id,
  tenant,
  requestHash,
  createdAt,
  members,
}: WithdrawalBatch): Row => ({
  ...keyOf(id),
  ...{ tenant, requestHash: bytesOf(requestHash), createdAt, members: [...members] },
});

export function withdrawalBatchFrom(row: unknown): WithdrawalBatch {
  const { pk: id, refusals, ...rest } = batchRow.parse(row);
  return { id, ...rest, refusals: refusals === undefined ? null : unpacked(refusals) };
}

export const dynamoBatches = (
  client: DynamoDBDocumentClient,
  { control: TableName }: Pick<Tables, 'control'>,
): Batches => ({
  find: async (id) => {
    const read = new GetCommand({ TableName, Key: keyOf(id), ConsistentRead: true });
    const { Item } = await client.send(read);
    return Item === undefined ? null : withdrawalBatchFrom(Item);
  },
  create: (batch) =>
    putAlone(client, {
      TableName,
      Item: batchToRow(batch),
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  finish: async ({ id, members, refusals }) => {
    const written = { members: [...members], refusals: packed(refusals ?? new Map()) };
    return updateAlone(
      client,
      {
        TableName,
        Key: keyOf(id),
        UpdateExpression: 'SET #members = :members, #refusals = :refusals',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#refusals)',
        ExpressionAttributeNames: { '#members': 'members', '#refusals': 'refusals' },
        ExpressionAttributeValues: { ':members': written.members, ':refusals': written.refusals },
      },
      written,
    );
  },
});
