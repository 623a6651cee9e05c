/** Reads which networks are enabled. */
import {
  type Explorers,
  type Network,
  networkSettings,
  networks,
} from '../core/kernel/networks.ts';
import { told } from './environment.ts';
import { ofNetwork } from './setting-checks.ts';
import { evmToken } from './settings-evm.ts';

const tokenOf = (network: Network): string | null => told(ofNetwork(evmToken, network));

/** The block explorers of the main networks, which are recognised by their token. Other chains have no public explorer. */
export const explorers = (): Explorers =>
  new Map(
    networks.flatMap((network) => {
      const { usdc, explorer } = networkSettings[network];
      const isMain = tokenOf(network)?.toLowerCase() === usdc.toLowerCase();
      return isMain ? [[network, explorer] as const] : [];
    }),
  );

/** The enabled networks: those whose token (`EVM_TOKEN_…`) is set. */
export const payableNetworks = (): Network[] =>
  networks.filter((network) => tokenOf(network) !== null);
