/** Reads which withdrawal has claimed an on-ramp transfer. The change `claim` of adapters/dynamo/commit.ts writes it. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import type { Tables } from './client.ts';
import { idInKey, walletIdText, withdrawalIdText } from './fields.ts';

export const claimKey = (transferId: string) => ({ pk: `ONRAMP#${transferId}`, sk: 'CLAIM' });

const claimRow = z.object({
  withdrawalId: withdrawalIdText,
  walletId: walletIdText,
});

const claimItem = claimRow.extend({ pk: idInKey() });

/** The transfer of a row and the withdrawal that has claimed it. */
export function claimFrom(row: unknown): [transferId: string, withdrawalId: WithdrawalId] {
  const { pk, withdrawalId } = claimItem.parse(row);
  return [pk, withdrawalId];
}

/** The withdrawal that has claimed this transfer, with its wallet; `null` when none has. */
export const findClaim = async (
  client: DynamoDBDocumentClient,
  { control }: Tables,
  transferId: string,
): Promise<{ id: WithdrawalId; walletId: WalletId } | null> => {
  const { Item } = await client.send(
    new GetCommand({ TableName: control, Key: claimKey(transferId), ConsistentRead: true }),
  );
  if (Item === undefined) return null;
  const { withdrawalId, walletId } = claimRow.parse(Item);
  return { id: withdrawalId, walletId };
};
