/** What the settings say of an EVM network: it is on when its token (`EVM_TOKEN_…`) is set. */
import { type EvmNetwork, networkSettings } from '../core/kernel/networks.ts';
import type { Configured } from './configured.ts';
import { address, told } from './environment.ts';
import { ofNetwork } from './setting-checks.ts';
import { evmEther, evmPayoutContract, evmToken, evmTreasuryAddress } from './settings-evm.ts';

export function evmConfigured(network: EvmNetwork): Configured | null {
  const token = told(ofNetwork(evmToken, network));
  if (token === null) return null;
  // What is no address of the treasury is seen by every function, also by one that never asks for it.
  told(evmTreasuryAddress);
  const contract = told(ofNetwork(evmPayoutContract, network));
  return {
    assets: told(evmEther)?.includes(network) ? ['USDC', 'ETH'] : ['USDC'],
    isMain: token.toLowerCase() === networkSettings[network].usdc.toLowerCase(),
    ours: () => [
      address(ofNetwork(evmToken, network)),
      address(evmTreasuryAddress),
      // Nobody has a key to it: what were paid there would be lost.
      ...(contract === null ? [] : [contract]),
    ],
  };
}
