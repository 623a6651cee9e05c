/** What a payout on an EVM network costs. */
import { estimateFee } from '../adapters/evm/estimate.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { isEvmNetwork } from '../core/kernel/networks.ts';
import type { FeeEstimates } from '../core/payout/fee-estimate.ts';
import type { Store } from '../core/store/store.ts';
import { notConfigured } from './configured.ts';
import { readEvmConfig } from './nodes-evm.ts';

export const evmFees =
  (gates: Pick<Gates, 'pass'>, store: Pick<Store, 'nextNumber'>): FeeEstimates =>
  async ({ network, asset }) =>
    isEvmNetwork(network)
      ? estimateFee(await readEvmConfig(network, gates, store), asset)
      : notConfigured(network);
