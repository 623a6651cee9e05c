/** A payout that goes alone may take a number of its gas lane that has come along; whoever signs many, or was refused, reads it last. */
import { expect, test } from '@jest/globals';
import type { Address } from '../../lambdas/core/kernel/networks.ts';
import type { Chain } from '../../lambdas/core/rails/evm/chain.ts';
import type { Funds } from '../../lambdas/core/rails/evm/funds.ts';
import { lanesAlongMax } from '../../lambdas/core/rails/evm/limits.ts';
import { prepare, type SigningWorld } from '../../lambdas/core/rails/evm/sign.ts';
import type { Travelling } from '../../lambdas/core/store/store.ts';
import { at, destination, minorOf, requestedOf, testClock, walletOf } from '../support/things.ts';

const address = (number: number) => `0x${String(number).padStart(40, '0')}` as Address;

/** How many lanes come along at the first, the second and the third time that the payments are bound; 0: the number is read by itself. */
async function alongOf(lanes: number, payments: number): Promise<number[]> {
  const asked: number[] = [];
  const store = {
    nextNumber: async (_: unknown, travelling?: Travelling) => {
      asked.push(travelling?.with.length ?? 0);
      return 1;
    },
  };
  const signer = {
    lanes: async () => Array.from({ length: lanes }, (_, index) => address(index)),
    authorize: async () => '0x',
    carry: async () => ({ raw: '0x', hash: '0x' }),
  };
  const chain = {
    ...{ network: 'ethereum', chainId: 1, token: address(98), treasury: address(99) },
    head: async () => ({ latestAt: 0, final: 0 }),
    fees: async () => ({ maxFeePerGas: 1n, cap: 2n }),
    etherOf: async () => 10n ** 18n,
    gasFor: async () => 1n,
    payoutContract: async () => ({ is: 'absent' }),
    transactionCount: async () => 0,
  };
  const funds = { free: async () => 10n ** 9n, promise: async () => [] };
  const world = { store, signer, dice: { roll: () => 0 }, clock: testClock() };
  const some = Array.from({ length: payments }, () => ({
    ...{ withdrawalId: requestedOf(walletOf()).id, asset: 'USDC' as const },
    ...{ to: destination, value: minorOf(1n), createdAt: at(1) },
  }));
  const { bind } = await prepare(
    world as unknown as SigningWorld,
    chain as unknown as Chain,
    funds as unknown as Funds,
    some,
  );
  for (let times = 0; times < 3; times += 1) await bind(some.slice(0, 1));
  return asked;
}

test.each([
  { lanes: 1, payments: 1, along: [1, 0, 0] },
  { lanes: 4, payments: 1, along: [4, 0, 0] },
  { lanes: lanesAlongMax, payments: 1, along: [lanesAlongMax, 0, 0] },
  { lanes: lanesAlongMax + 1, payments: 1, along: [0, 0, 0] },
  { lanes: 4, payments: 2, along: [0, 0, 0] },
])('$lanes lanes, $payments prepared: $along come along', async ({ lanes, payments, along }) => {
  expect(await alongOf(lanes, payments)).toEqual(along);
});
