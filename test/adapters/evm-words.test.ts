/** What a node says when bytes are offered, and what we conclude; test/core/payout-nodes.test.ts has what happens next. */
import { expect, test } from '@jest/globals';
import { openNode } from '../../lambdas/adapters/evm/node.ts';
import { replyFor } from '../../lambdas/adapters/evm/replies.ts';
import { messageOf } from '../../lambdas/adapters/evm/view.ts';
import { startNode } from '../support/node.ts';
import { words } from '../support/node-words.ts';
import { shared } from '../support/shared.ts';

const node = shared(() => startNode('http://127.0.0.1:1'));
test.each(words)('a node that says %j means %s (%s)', async (message, means) => {
  for (const code of [-32_000, -32_003, -32_010, -32_603]) {
    node.says({ each: () => ({ error: { code, message } }) });
    const { send } = openNode({ network: 'ethereum', rpcUrl: node.url });
    const said = await send('0x02', 0).then(() => 'taken', messageOf);
    expect([code, said]).toEqual([code, message]);
    expect(replyFor(said)).toBe(means);
  }
});

test('every meaning stands in the table with the words of several clients', () => {
  const known = new Set(words.map(([, means]) => means));
  expect([...known].toSorted()).toEqual([
    'already-known',
    'gas-too-low',
    'nonce-gap',
    'nonce-used',
    'too-dear',
    'underpriced',
    'unfunded',
    'unknown',
  ]);
});
