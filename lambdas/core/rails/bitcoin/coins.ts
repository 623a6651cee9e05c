/**
 * The treasury's outputs that payouts may spend: final ones that no payout is bound to. An output is bound in the write that saves the
 * payout which spends it, once and for ever, so no number of workers binds one to two payouts; and nobody gives it back, for all
 * that becomes of it is that it is spent.
 */
import type { WithdrawalId } from '../../kernel/ids.ts';
import type { Network } from '../../kernel/networks.ts';
import type { Change } from '../../store/change.ts';
import type { BoundOutputs } from '../../store/outputs.ts';
import type { Chain, Coin, FeeRates } from './chain.ts';
import { coinbaseMaturity, inputsMax } from './limits.ts';
import { amountOf, roomFor } from './plan.ts';
import type { Outpoint } from './wire.ts';

/** The change that binds this output; refused when it is bound. */
export const bindOutput = (
  network: Network,
  { outpoint }: Coin,
  withdrawalId: WithdrawalId,
): Change => ({ change: 'output', network, outpoint, withdrawalId });

/**
 * A payout is kept as an output that there is not, too: books that were restored to an earlier time have forgotten that it was signed,
 * and this row has not. What it spent once it never spends of other outputs.
 */
const payoutKey = (withdrawalId: WithdrawalId): string => `payout of ${withdrawalId}`;
export const bindPayout = (network: Network, withdrawalId: WithdrawalId): Change => ({
  ...{ change: 'output', network, outpoint: payoutKey(withdrawalId), withdrawalId },
});
/** Those of them that were signed before, whatever our books say. */
export const signedBefore = async (
  outputs: BoundOutputs,
  network: Network,
  ids: readonly WithdrawalId[],
): Promise<ReadonlySet<WithdrawalId>> =>
  new Set((await outputs.owners(network, ids.map(payoutKey))).values());

/** Those of them that no payout is bound to. */
export async function unboundOf(
  outputs: BoundOutputs,
  network: Network,
  coins: readonly Coin[],
): Promise<readonly Coin[]> {
  const bound = await outputs.owners(
    network,
    coins.map(({ outpoint }) => outpoint),
  );
  return coins.filter(({ outpoint }) => !bound.has(outpoint));
}

export type Coins = {
  /** The final outputs that no payout is bound to, as this visit has found them first, less what it has taken since. */
  known(): Promise<readonly Coin[]>;
  /** Whether the chain and the node's pool show it unspent now. What is not is known no more. */
  isFree(coin: Coin): Promise<boolean>;
  /** What may be paid of them in one payment, in satoshi. */
  free(): Promise<bigint>;
  /** Leaves them out from now on in this visit. */
  take(coins: readonly Coin[]): void;
};

/** The outputs as one visit sees them. Throws UnavailableError like the chain. */
export function coinsOf(
  outputs: BoundOutputs,
  chain: Pick<Chain, 'network' | 'coins' | 'unspent' | 'finalityBlocks'>,
  price: () => Promise<FeeRates>,
): Coins {
  const { network, finalityBlocks } = chain;
  let read: Promise<readonly Coin[]> | null = null;
  const gone = new Set<Outpoint>();
  const known = async () => {
    read ??= chain.coins().then((coins) => unboundOf(outputs, network, coins));
    return (await read).filter(({ outpoint }) => !gone.has(outpoint));
  };
  return {
    known,
    isFree: async ({ outpoint, amount }) => {
      if (gone.has(outpoint)) return false;
      // Its list may be older than the node's pool, in which somebody else with our key may be spending it.
      const found = (await chain.unspent([outpoint], 'with-pool')).get(outpoint);
      const isFree =
        found !== undefined &&
        found.amount === amount &&
        found.confirmations >= (found.isMined ? coinbaseMaturity : finalityBlocks);
      if (!isFree) gone.add(outpoint);
      return isFree;
    },
    free: async () => {
      const [coins, fees] = await Promise.all([known(), price()]);
      const largest = coins
        .toSorted((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0))
        .slice(0, inputsMax);
      // It needs room for the highest fee there is.
      const most = amountOf(largest) - roomFor(largest.length, null, fees);
      return most > 0n ? most : 0n;
    },
    take: (coins) => {
      for (const { outpoint } of coins) gone.add(outpoint);
    },
  };
}
