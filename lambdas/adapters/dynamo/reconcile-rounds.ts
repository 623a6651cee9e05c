/** Keeps how far the slow ways of reconciliation are, in one item of the `control` table, so that the next run goes on there. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { errorName } from '../../core/kernel/errors.ts';
import type { WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import { type Books, noRounds } from '../../core/reconcile/ports.ts';
import type { Tables } from './client.ts';
import { instant, integer } from './fields.ts';
import type { Row } from './keys.ts';

const Key = { pk: 'RECONCILIATION', sk: 'ROUNDS' };
const mark = z.record(z.string(), z.unknown()).nullable();
const ids = <Id extends string>() => z.array(z.string().transform((text) => text as Id));
const roundsRow = z.object({
  version: integer,
  table: z.object({ began: instant, mark }).nullable(),
  tableBegan: instant.nullable(),
  chains: z
    .object({
      began: instant,
      mark,
      walletId: z
        .string()
        .transform((text) => text as WalletId)
        .nullable(),
      upTo: integer,
    })
    .nullable(),
  chainsBegan: instant.nullable(),
  unreadable: ids<WithdrawalId>(),
  unlisted: ids<WalletId>(),
  broken: ids<WalletId>(),
});
/** Of what cannot be read otherwise: the version that its successor is to replace. */
const versionOf = (Item: Row | undefined): number =>
  typeof Item?.['version'] === 'bigint' ? Number(Item['version']) : 0;

export const dynamoRounds = (
  client: DynamoDBDocumentClient,
  { control }: Tables,
): Pick<Books, 'rounds' | 'keepRounds'> => ({
  rounds: async () => {
    const { Item } = await client.send(
      new GetCommand({ TableName: control, Key: Key, ConsistentRead: true }),
    );
    const { success, data } = roundsRow.safeParse(Item ?? {});
    // What cannot be read is begun anew: that costs a round, and nothing else.
    return success ? data : { ...noRounds, version: versionOf(Item) };
  },
  keepRounds: async ({ version, ...rounds }) => {
    try {
      await client.send(
        new PutCommand({
          TableName: control,
          Item: { ...Key, ...rounds, version: version + 1 },
          ConditionExpression: `${version === 0 ? 'attribute_not_exists(#version) OR ' : ''}#version = :version`,
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': version },
        }),
      );
    } catch (error) {
      // The other run has been through the same pages, and has kept what it has found there.
      if (errorName(error) !== 'ConditionalCheckFailedException') throw error;
    }
  },
});
