/** Reads what can be paid, and where: which networks are configured, with which assets. It loads nothing of a chain. */

import {
  type Explorers,
  isEvmNetwork,
  type Network,
  networkSettings,
  networks,
  type PayableNetworks,
  type Route,
} from '../core/kernel/networks.ts';
import type { Configured } from './configured.ts';
import { bitcoinConfigured } from './network-bitcoin.ts';
import { evmConfigured } from './network-evm.ts';
import { solanaConfigured } from './network-solana.ts';

/** `null`: the network is not configured. */
const configured = (network: Network): Configured | null =>
  isEvmNetwork(network)
    ? evmConfigured(network)
    : network === 'solana'
      ? solanaConfigured()
      : bitcoinConfigured();

/** The block explorers of the main networks. Other chains have no public explorer. */
export const explorers = (): Explorers =>
  new Map(
    networks.flatMap((network) =>
      configured(network)?.isMain ? [[network, networkSettings[network].explorer] as const] : [],
    ),
  );

/** The networks that are configured. */
export const payableNetworks = (): Network[] =>
  networks.filter((network) => configured(network) !== null);

/** Each asset on each network that is configured: there is a rail for it (rails.ts). */
export const payableRoutes = (): Route[] =>
  networks.flatMap((network) =>
    (configured(network)?.assets ?? []).map((asset) => ({ network, asset })),
  );

/** The same for who accepts withdrawals. */
export const whatIsPayable = (): PayableNetworks =>
  new Map(
    networks.flatMap((network) => {
      const found = configured(network);
      return found === null
        ? []
        : [[network, { assets: found.assets, ours: found.ours() }] as const];
    }),
  );
