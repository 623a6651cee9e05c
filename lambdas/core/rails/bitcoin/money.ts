/** What operators see of the treasury of bitcoin: what its final outputs hold, and how many payouts can be made of them side by side. */
import type { RailMoney } from '../../payout/rail-money.ts';
import type { BoundOutputs } from '../../store/outputs.ts';
import type { Chain } from './chain.ts';
import { unboundOf } from './coins.ts';
import { amountOf, bytesOf, feeFor, ownScriptBytes } from './plan.ts';

/** Satoshi, as everything of this rail. */
const bitcoinDecimals = 8;
/** The longest script that is usual: P2WSH and P2TR. */
const payeeScriptBytes = 34;

/** `treasury` is known whatever the node does, which is asked for the rest. */
export function bitcoinMoney(
  chainOf: () => Promise<Chain>,
  treasury: string,
  outputs: BoundOutputs,
): RailMoney {
  return {
    asset: 'BTC',
    treasury,
    balance: async () => amountOf(await (await chainOf()).coins()),
    // The treasury pays them of the asset itself.
    feeDecimals: bitcoinDecimals,
    feePayers: async () => [],
    feePayer: async () => ({ balance: null, used: null }),
    feeOfPayout: async () => {
      const { rate } = await (await chainOf()).fees();
      return feeFor(rate, bytesOf(1, [payeeScriptBytes, ownScriptBytes]));
    },
    carrierOf: () => null,
    payoutContract: null,
    together: async () => null,
    slots: async () => {
      const { network, coins } = await chainOf();
      const known = await coins();
      const free = await unboundOf(outputs, network, known);
      return { total: known.length, free: free.length };
    },
  };
}
