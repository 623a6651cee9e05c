/** 6-refund: the cash of a payout that can never be made goes back to its brokerage, and then its hold is released. */
import type { BrokerageWorld } from '../brokerage/world.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { isAtBrokerage } from '../ledger/wallet.ts';
import type { In } from '../withdrawal/withdrawal.ts';
import { refundAtBrokerage } from './refund-at-brokerage.ts';

export const makeRefund =
  (world: BrokerageWorld) =>
  /** Takes each of them as far as the brokerage's answers go. It answers `unfinished` when its time ran out first. */
  async (ids: readonly WithdrawalId[]): Promise<'done' | 'unfinished'> => {
    const { store } = world;
    const refunding = (await store.withdrawals(ids)).filter(
      (one): one is In<'refunding'> => one.stage === 'refunding',
    );
    for (const [walletId, ones] of Map.groupBy(refunding, (one) => one.walletId)) {
      const found = await store.wallet(walletId);
      if (found === null) throw new Error(`withdrawals without their wallet ${walletId}`);
      const { wallet } = found;
      // Nobody has to be asked for what is in our own ledger: 2-debit releases it.
      if (!isAtBrokerage(wallet)) continue;
      if ((await refundAtBrokerage(world, wallet, ones)) === 'unfinished') return 'unfinished';
    }
    return 'done';
  };
