/** What operators see of the treasury of bitcoin: what its final outputs hold, and how many payouts can be made of them side by side. */
import { all } from '../../kernel/all.ts';
import type { RailMoney } from '../../payout/rail-money.ts';
import type { Store } from '../../store/store.ts';
import type { Chain } from './chain.ts';
import { isBound } from './coins.ts';
import { amountOf, bytesOf, feeFor, ownScriptBytes } from './plan.ts';

/** So many outputs are looked up in our books: there are hardly ever more, and what this costs has an end. */
const outputsLookedUp = 200;
/** Satoshi, as everything of this rail. */
const bitcoinDecimals = 8;
/** The longest script that is usual: P2WSH and P2TR. */
const payeeScriptBytes = 34;

export function bitcoinMoney(
  chainOf: () => Promise<Chain>,
  store: Pick<Store, 'nextNumber'>,
): RailMoney {
  return {
    asset: 'BTC',
    treasury: async () => {
      const chain = await chainOf();
      return { address: chain.treasury, balance: amountOf(await chain.coins()) };
    },
    // The treasury pays them of the asset itself.
    feeDecimals: bitcoinDecimals,
    feePayers: async () => [],
    feePayer: async () => ({ balance: null, used: null }),
    feeOfPayout: async () => {
      const { rate } = await (await chainOf()).fees();
      return feeFor(rate, bytesOf(1, [payeeScriptBytes, ownScriptBytes]));
    },
    carrierOf: () => null,
    together: async () => null,
    slots: async () => {
      const { network, coins } = await chainOf();
      const known = await coins();
      const some = known.slice(0, outputsLookedUp);
      const bound = await all(some.map((coin) => isBound(store, network, coin)));
      const taken = bound.filter((one) => one).length;
      return { total: known.length, free: known.length - taken };
    },
  };
}
