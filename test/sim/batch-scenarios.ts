/** Many withdrawals in one request: whatever becomes of the request and its answers, each line is paid once. */
import { anyAddress } from './cast.ts';
import type { Call } from './faults.ts';
import type { Scenario } from './scenario.ts';

/** What other scenarios do not show: the request itself, and what it reads and writes. */
const ofBatches = ({ from, operation }: Call): boolean =>
  from === 'withdrawal-batches' || operation === 'createWithdrawalBatch';

const amounts = ['10.00', '20.00', '20.00'] as const;

export const batchScenarios: readonly Scenario[] = [
  {
    name: 'a batch',
    where: ofBatches,
    play: async (cast) => {
      const wallet = await cast.wallet('alice', 'USDC', '100.00');
      cast.begin();
      const lines = amounts.map((amount, index) => ({
        ...{ amount, key: `line-${index}`, to: anyAddress(cast.random), ends: ['settled'] },
      }));
      const ids = await cast.withdrawAll(wallet, 'batch', lines);
      // A queue of the client's own delivers the same batch twice.
      const again = await cast.withdrawAll(wallet, 'batch', lines);
      if (String(again) !== String(ids)) throw new Error(`other withdrawals: ${again}`);
    },
  },
];
