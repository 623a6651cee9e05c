/** What a difference says of an amount: in its currency's decimals, with the currency, or as what it is. */
import { expect, test } from '@jest/globals';
import { payoutDifferences } from '../../lambdas/core/reconcile/chain.ts';
import { inMoney, ledgerFacts, unlike } from '../../lambdas/core/reconcile/difference.ts';

test('an amount is written as people read it', () => {
  expect(inMoney(9_950n, 'USD')).toBe('99.50 USD');
  expect(inMoney(1n, 'ETH')).toBe('0.000000000000000001 ETH');
  expect(inMoney(0n, 'BTC')).toBe('0.00 BTC');
  expect(inMoney(-5n, 'USDC')).toBe('-0.000005 USDC');
});

test.each([
  ['USDC', 'base', '2.00 USDC to '],
  ['ETH', 'base', '0.000000000002 ETH to '],
  ['SOL', 'solana', '0.002 SOL to '],
  ['BTC', 'bitcoin', '0.02 BTC to '],
] as const)('what the treasury paid in %s on %s is told in it', (asset, network, said) => {
  const outgoing = [
    { txId: '0xab', height: 5, index: 0, to: 'somebody', value: 2_000_000n, key: null },
  ];
  const chain = {
    network,
    asset,
    from: 1,
    to: 9,
    outgoing,
    incoming: [],
    treasury: 'ours',
    formerPayers: [],
  };
  const none = {
    withdrawals: new Set<never>(),
    transfers: new Set<never>(),
    memos: new Set<never>(),
  };
  const [found] = payoutDifferences([], { ...chain, keyOf: () => '' }, none as never, () => true);
  expect(found?.found).toBe(`${said}somebody`);
});

test('a ledger that does not say its currency says what its numbers are', () => {
  const [before, after] = [ledgerFacts({ available: 1_000n }), ledgerFacts({ available: 900n })];
  expect(unlike(before, after)).toEqual({
    expected: 'available 1000 of the wallet’s smallest unit',
    found: 'available 900 of the wallet’s smallest unit',
  });
});
