/**
 * 5-confirm: the chain's final verdict. It is read from what became of the authorization's nonce, never from the fate
 * of one of our transactions: a copy by another sender may have paid while ours reverted (reliability.md §4.7).
 */
import { all } from '../kernel/all.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Network } from '../kernel/networks.ts';
import type { Clock } from '../kernel/world.ts';
import type { ChainView } from '../rails/evm/chain.ts';
import { readVerdicts } from '../rails/evm/verdict.ts';
import type { Store } from '../store/store.ts';
import type { In } from '../withdrawal/withdrawal.ts';

export const makeConfirm =
  (store: Store, chains: (network: Network) => Promise<ChainView>, clock: Clock) =>
  async (ids: readonly WithdrawalId[]): Promise<void> => {
    const sent = (await store.withdrawals(ids)).filter(
      (one): one is In<'broadcast'> => one.stage === 'broadcast',
    );
    const networks = new Set(sent.map(({ network }) => network));
    await all(
      [...networks].map(async (network) => {
        const here = sent.filter((one) => one.network === network);
        await readVerdicts(store, await chains(network), here, clock);
      }),
    );
  };
