/** Writes the rows of `control` that say which payout an output of a treasury is bound to. */
import type { Network } from '../../core/kernel/networks.ts';
import type { Change } from '../../core/store/change.ts';
import type { Action } from './write.ts';

export const outputKey = (network: Network, outpoint: string) => ({
  pk: `OUTPUT#${network}#${outpoint}`,
  sk: 'BOUND',
});

export function outputAction(
  TableName: string,
  { network, outpoint, withdrawalId }: Extract<Change, { change: 'output' }>,
): Action {
  const Item = { ...outputKey(network, outpoint), outpoint, withdrawalId };
  return { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
}
