import { expect, test } from '@jest/globals';
import { readingBrokerage } from '../../lambdas/core/breakers/names.ts';
import type { BrokerageAccount } from '../../lambdas/core/brokerage/brokerage.ts';
import { breakerOpenMs } from '../../lambdas/core/kernel/limits.ts';
import type { Answer } from '../../lambdas/core/kernel/outcome.ts';
import type { BrokerageWallet } from '../../lambdas/core/ledger/wallet.ts';
import { brokerageProblem, unlessShut } from '../../lambdas/core/requests/account-check.ts';
import { testGates } from '../support/gates.ts';
import { minorOf, testClock, walletOf } from '../support/things.ts';

const wallet = walletOf({ funding: { type: 'alpaca', accountId: 'a' } }) as BrokerageWallet;
const account = (given: Partial<BrokerageAccount>): Answer<BrokerageAccount> => ({
  ok: true,
  value: { id: 'a', usable: true, transferable: minorOf(1_000n), ...given },
});

test.each<[string, Answer<BrokerageAccount>, string | undefined]>([
  ['enough', account({}), undefined],
  ['a cent too little', account({ transferable: minorOf(999n) }), 'INSUFFICIENT_FUNDS'],
  ['blocked', account({ usable: false }), 'ACCOUNT_INACTIVE'],
  ['gone', { ok: false, refused: true, why: '404' }, 'ACCOUNT_INACTIVE'],
  ['not to be asked now', { ok: false, refused: false, why: 'ETIMEDOUT' }, undefined],
])('an account that is or has %s', async (_name, answer, problem) => {
  const brokerage = { account: async () => answer };
  expect((await brokerageProblem(brokerage, wallet, minorOf(1_000n)))?.problem).toBe(problem);
});

test('a brokerage that is known to be away is neither asked nor probed: the withdrawal is accepted', async () => {
  const clock = testClock();
  const { gates, open, provider } = testGates(clock);
  let asked = 0;
  const poor = {
    account: async () => {
      asked += 1;
      return account({ transferable: minorOf(0n) });
    },
  };
  const check = () => brokerageProblem(unlessShut(poor, gates), wallet, minorOf(1n));
  expect(await check()).toMatchObject({ problem: 'INSUFFICIENT_FUNDS' });
  await open(readingBrokerage);
  clock.advance(2 * breakerOpenMs);
  expect(await check()).toBeNull();
  expect([asked, provider.probes]).toEqual([1, 0]);
});
