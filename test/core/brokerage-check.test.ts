import { expect, test } from '@jest/globals';
import type { Asked, BrokerageAccount } from '../../lambdas/core/brokerage.ts';
import { brokerageProblem } from '../../lambdas/core/brokerage-check.ts';
import type { BrokerageWallet } from '../../lambdas/core/wallet.ts';
import { minorOf, walletOf } from '../support/things.ts';

const wallet = walletOf({ funding: { type: 'alpaca', accountId: 'a' } }) as BrokerageWallet;
const account = (given: Partial<BrokerageAccount>): Asked<BrokerageAccount> => ({
  ok: true,
  value: { id: 'a', usable: true, transferable: minorOf(1_000n), ...given },
});

test.each<[string, Asked<BrokerageAccount>, string | undefined]>([
  ['enough', account({}), undefined],
  ['a cent too little', account({ transferable: minorOf(999n) }), 'INSUFFICIENT_FUNDS'],
  ['blocked', account({ usable: false }), 'ACCOUNT_INACTIVE'],
  ['gone', { ok: false, refused: true, why: '404' }, 'ACCOUNT_INACTIVE'],
  ['not to be asked now', { ok: false, refused: false, why: 'ETIMEDOUT' }, undefined],
])('an account that is or has %s', async (_name, answer, problem) => {
  const brokerage = { account: async () => answer };
  expect((await brokerageProblem(brokerage, wallet, minorOf(1_000n)))?.problem).toBe(problem);
});
