/**
 * The treasury's outputs that payouts may spend: final ones that no payout is bound to. An output is bound in the write that saves the
 * payout which spends it, once and for ever, so no number of workers binds one to two payouts; and nobody gives it back, for all
 * that becomes of it is that it is spent.
 */
import { all } from '../../kernel/all.ts';
import type { Network } from '../../kernel/networks.ts';
import type { Change, Sequence } from '../../store/change.ts';
import type { Store } from '../../store/store.ts';
import type { Chain, Coin, FeeRates } from './chain.ts';
import { coinbaseMaturity, inputsMax } from './limits.ts';
import { roomFor } from './plan.ts';
import type { Outpoint } from './wire.ts';

/** An output is kept as a sequence that has one number, and gives it out once. */
const sequenceOf = (network: Network, outpoint: Outpoint): Sequence => ({
  network,
  address: outpoint,
});

/** Whether a payout is bound to this output. */
export const isBound = async (
  store: Pick<Store, 'nextNumber'>,
  network: Network,
  { outpoint }: Coin,
): Promise<boolean> => (await store.nextNumber(sequenceOf(network, outpoint))) !== null;

/** The change that binds this output; refused when it is bound. */
export const bindOutput = (network: Network, { outpoint }: Coin): Change => ({
  change: 'sequence',
  sequence: sequenceOf(network, outpoint),
  from: null,
  to: 1,
});

export type Coins = {
  /** The final outputs that were not found to be bound or spent. */
  known(): Promise<readonly Coin[]>;
  /** Whether nothing is bound to it and nobody spends it. What is not free is known no more. */
  isFree(coin: Coin): Promise<boolean>;
  /** What may be paid of the outputs that no payout is bound to, in satoshi; not all of it is counted when `wanted` is less. */
  free(wanted: bigint): Promise<bigint>;
  /** Leaves it out from now on in this visit. */
  take(coins: readonly Coin[]): void;
};

/** How many outputs are looked up at once. */
const lookedUpAtOnce = 20;

/** The outputs as one visit sees them. Throws UnavailableError like the chain. */
export function coinsOf(
  store: Pick<Store, 'nextNumber'>,
  chain: Pick<Chain, 'network' | 'coins' | 'unspent' | 'finalityBlocks'>,
  price: () => Promise<FeeRates>,
): Coins {
  const { network, finalityBlocks } = chain;
  let read: ReturnType<Chain['coins']> | null = null;
  const gone = new Set<Outpoint>();
  const bound = new Map<Outpoint, Promise<boolean>>();
  const isTaken = (coin: Coin): Promise<boolean> => {
    const { outpoint } = coin;
    const asked = bound.get(outpoint) ?? isBound(store, network, coin);
    bound.set(outpoint, asked);
    return asked;
  };
  const known = async () => {
    read ??= chain.coins();
    return (await read).filter(({ outpoint }) => !gone.has(outpoint));
  };
  return {
    known,
    isFree: async (coin) => {
      const { outpoint, amount } = coin;
      if (gone.has(outpoint)) return false;
      if (await isTaken(coin)) {
        gone.add(outpoint);
        return false;
      }
      // Its list may be older than the node's pool, in which somebody else with our key may be spending it.
      const found = (await chain.unspent([outpoint], 'with-pool')).get(outpoint);
      const isFree =
        found !== undefined &&
        found.amount === amount &&
        found.confirmations >= (found.isMined ? coinbaseMaturity : finalityBlocks);
      if (!isFree) gone.add(outpoint);
      return isFree;
    },
    free: async (wanted) => {
      const coins = (await known()).toSorted((a, b) => Number(b.amount - a.amount));
      const fees = await price();
      let sum = 0n;
      let inputs = 0;
      /** One payment can be made of so many outputs, and needs room for the highest fee there is. */
      const payable = () => sum - roomFor(Math.min(inputs, inputsMax), null, fees);
      for (let start = 0; start < coins.length && payable() < wanted; start += lookedUpAtOnce) {
        const some = coins.slice(start, start + lookedUpAtOnce);
        const taken = await all(some.map(isTaken));
        for (const [index, coin] of some.entries()) {
          if (taken[index] === true) gone.add(coin.outpoint);
          else {
            sum += coin.amount;
            inputs += 1;
          }
        }
      }
      return payable() > 0n ? payable() : 0n;
    },
    take: (coins) => {
      for (const { outpoint } of coins) gone.add(outpoint);
    },
  };
}
