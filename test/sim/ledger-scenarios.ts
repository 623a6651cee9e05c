/** A ledger whose newest blocks have filled the item of their balance, so that its next block makes a row of them. */
import type { Call } from './faults.ts';
import type { Scenario } from './scenario.ts';

/** As many blocks as the item holds: each credit by itself is one. */
const creditsUntilFull = 7;
const writesLedger = ({ from, operation }: Call): boolean =>
  from === 'debit' && operation.startsWith('TransactWrite');

export const ledgerScenarios: readonly Scenario[] = [
  {
    name: 'a tail that is full',
    since: 'requested',
    where: writesLedger,
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '500.00');
      for (let credit = 1; credit < creditsUntilFull; credit += 1) {
        await cast.wait(5_000);
        const { status } = await wallet.client.call('createWalletTransaction', {
          path: { walletId: wallet.id },
          body: { type: 'CREDIT', amount: '10.00' },
          key: `credit-${credit}`,
        });
        if (status !== 202) throw new Error(`credit ${credit}: ${status}`);
      }
      await cast.wait(5_000);
      cast.begin();
      await cast.withdraw(wallet, {
        ...{ amount: '100.00', key: 'first', maxRetries: 1 },
        ends: ['settled'],
      });
    },
  },
];
