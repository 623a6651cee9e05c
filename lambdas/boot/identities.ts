/** Asks the node of each network whether it is of the chain that we pay on, and has what we pay with. */
import { chainOfToken } from '../adapters/evm/estimate.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { isEvmNetwork, type Network } from '../core/kernel/networks.ts';
import type { Store } from '../core/store/store.ts';
import { inService } from './networks.ts';
import { bitcoinConfig } from './nodes-bitcoin.ts';
import { readEvmConfig } from './nodes-evm.ts';
import { readSolanaConfig } from './nodes-solana.ts';
import { clock } from './world.ts';

/** What was right is asked again after this: the URL of a node may lead to another one by then. */
const goodForMs = 30_000;

/**
 * The chain's id, where it has one. Throws SettingError and WrongChainError, and UnavailableError without an answer; none of these
 * is kept.
 */
export function bootIdentities(
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): (network: Network) => Promise<number | null> {
  const ask = async (network: Network): Promise<number | null> => {
    inService(network);
    if (isEvmNetwork(network)) return chainOfToken(await readEvmConfig(network, gates, store));
    if (network === 'solana') {
      const { identifySolana } = await import('../adapters/solana/payouts.ts');
      await identifySolana(await readSolanaConfig(gates, store));
      return null;
    }
    const { viewBitcoin } = await import('../adapters/bitcoin/view.ts');
    await viewBitcoin(await bitcoinConfig(gates)).head();
    return null;
  };
  const known = new Map<Network, { until: number; id: number | null }>();
  return async (network) => {
    const before = known.get(network);
    if (before !== undefined && clock.now() < before.until) return before.id;
    const id = await ask(network);
    known.set(network, { until: clock.now() + goodForMs, id });
    return id;
  };
}
