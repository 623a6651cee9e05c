/** What a payout on an EVM network costs, and which chain that is. */
import { chainIdOf, estimateFee } from '../adapters/evm/estimate.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { type EvmNetwork, isEvmNetwork } from '../core/kernel/networks.ts';
import type { FeeEstimates } from '../core/payout/fee-estimate.ts';
import type { Store } from '../core/store/store.ts';
import { notConfigured } from './configured.ts';
import { readEvmConfig } from './nodes-evm.ts';
import { once } from './once.ts';

export const evmFees =
  (gates: Pick<Gates, 'pass'>, store: Pick<Store, 'nextNumber'>): FeeEstimates =>
  async ({ network, asset }) =>
    isEvmNetwork(network)
      ? estimateFee(await readEvmConfig(network, gates, store), asset)
      : notConfigured(network);

/** The chain's id, which its node is asked for once. */
export const evmChainIds = (gates: Pick<Gates, 'pass'>, store: Pick<Store, 'nextNumber'>) =>
  once(async (network: EvmNetwork) => chainIdOf(await readEvmConfig(network, gates, store)));
