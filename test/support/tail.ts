/** The tail of a balance in a test database. */
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { blocksToRow, tailFrom } from '../../lambdas/adapters/dynamo/block-row.ts';
import { keyOf } from '../../lambdas/adapters/dynamo/keys.ts';
import type { WalletId } from '../../lambdas/core/kernel/ids.ts';
import type { Block } from '../../lambdas/core/ledger/ledger.ts';
import type { TestDatabase } from './dynoxide.ts';

const TableName = 'money';
type Client = TestDatabase['client'];

export async function tailOf(client: Client, id: WalletId): Promise<Block[]> {
  const { Item } = await client.send(
    new GetCommand({ TableName, Key: keyOf.balance(id), ConsistentRead: true }),
  );
  return tailFrom(Item);
}

/** Its blocks become rows, as they do when the tail is full: one row, or one for each block, as code of before has written them. */
export async function writeOut(
  client: Client,
  id: WalletId,
  as: 'one row' | 'a row each' = 'one row',
): Promise<void> {
  const tail = await tailOf(client, id);
  const rows = as === 'one row' ? [tail] : tail.map((block) => [block]);
  for (const blocks of rows)
    await client.send(new PutCommand({ TableName, Item: blocksToRow(blocks) }));
  const Key = keyOf.balance(id);
  await client.send(new UpdateCommand({ TableName, Key, UpdateExpression: 'REMOVE tail' }));
}

export const removeRow = (client: Client, id: WalletId, sequence: number): Promise<unknown> =>
  client.send(new DeleteCommand({ TableName, Key: keyOf.block(id, sequence) }));
