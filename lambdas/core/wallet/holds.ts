/**
 * How a hold ends: 6-settle spends it when the payout is final, 6-refund releases it when the payout can never be.
 * Both write the wallet's next ledger block together with the withdrawals' last stage.
 */

import type { Budget } from '../kernel/budget.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { debitBatchMax } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import { type Balance, type Posting, post } from '../ledger/ledger.ts';
import { type BrokerageWallet, isAtBrokerage } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import { asManyAsFit } from '../store/weight.ts';
import { uncounting } from '../withdrawal/counters.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';

type Ending = { from: Withdrawal; postings: readonly Posting[]; to: Withdrawal; paid: boolean };
/** How the hold of a withdrawal ends; `null` when its stage does not end one. */
export type End = (withdrawal: Withdrawal, now: Instant) => Ending | null;

export type EndingWorld = { store: Store; clock: Clock; budget: Budget };
/** What is done instead for a wallet at a brokerage, where a day may pass before the hold ends. */
type AtBrokerage<W> = (
  world: W,
  wallet: BrokerageWallet,
  withdrawals: readonly Withdrawal[],
) => Promise<'done' | 'unfinished'>;

export const makeEnding =
  <W extends EndingWorld>(end: End, atBrokerage?: AtBrokerage<W>) =>
  (world: W) =>
  /** Ends the holds of these withdrawals. It answers `unfinished` when the invocation's time ran out first. */
  async (ids: readonly WithdrawalId[]): Promise<'done' | 'unfinished'> => {
    const { store, clock, budget } = world;
    const left = new Set(ids);
    while (budget.allows({ calls: 0 })) {
      const now = clock.now();
      const endings = (await store.withdrawals([...left])).flatMap((one) => end(one, now) ?? []);
      const first = endings[0];
      if (first === undefined) return 'done';
      const { walletId } = first.from;
      const ofOneWallet = endings.filter(({ from }) => from.walletId === walletId);
      const found = await store.wallet(walletId);
      if (found === null) throw new Error(`withdrawals without their wallet ${walletId}`);
      const { wallet, balance } = found;
      if (atBrokerage !== undefined && isAtBrokerage(wallet)) {
        const withdrawals = ofOneWallet.map(({ from }) => from);
        if ((await atBrokerage(world, wallet, withdrawals)) === 'unfinished') return 'unfinished';
        for (const { id } of withdrawals) left.delete(id);
        continue;
      }
      const batch = ofOneWallet.slice(0, debitBatchMax);
      await store.commit(asManyAsFit(batch, (some) => endedTogether(balance, some, now)));
      // Another step may have written the wallet first and this may be refused: the next round reads what is true now.
    }
    return 'unfinished';
  };

function endedTogether(before: Balance, endings: readonly Ending[], now: Instant): Change[] {
  const postings = endings.flatMap((ending) => ending.postings);
  const { balance, block } = post(before, postings, now);
  const moves = endings.map(({ from, to }): Change => ({ change: 'withdrawal', from, to }));
  const unpaid = endings.flatMap(({ from, paid }) => (paid ? [] : [from]));
  return [
    { change: 'balance', to: balance },
    { change: 'block', block },
    ...moves,
    ...uncounting(unpaid),
  ];
}
