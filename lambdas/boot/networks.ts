/** Reads which networks are enabled, and how their nodes are reached and probed. */
import { evmArrivals } from '../adapters/evm/arrivals.ts';
import { probeOf } from '../adapters/evm/exchange.ts';
import type { EvmConfig } from '../adapters/evm/view.ts';
import type { Gates } from '../core/breakers/gates.ts';
import { readingFrom, sendingTo } from '../core/breakers/names.ts';
import {
  type Explorers,
  type Network,
  networkSettings,
  networks,
} from '../core/kernel/networks.ts';
import type { Arrivals } from '../core/on-ramp/arrival.ts';
import { chainUsedFirst } from '../core/rails/evm/pin.ts';
import type { Store } from '../core/store/store.ts';
import { address, needed, told } from './environment.ts';
import { gatesWith, type Probes } from './gates.ts';
import { ofNetwork } from './setting-checks.ts';
import {
  evmBatch,
  evmChainId,
  evmLogRange,
  evmMaxFee,
  evmRpcUrl,
  evmToken,
  evmTreasuryAddress,
} from './settings-table.ts';

export const nodeProbes = (): Probes =>
  Object.fromEntries(
    payableNetworks().flatMap((network) => {
      const probe = probeOf(evmConfig(network));
      return [
        [readingFrom(network), probe],
        [sendingTo(network), probe],
      ];
    }),
  );

/** How a network's node is asked by who only reads: through the breakers, and as the chain that was used there first. */
export function readEvmConfig(
  network: Network,
  { pass }: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): EvmConfig {
  const config = evmConfig(network);
  return { ...config, pass, pinned: chainUsedFirst(store, network, config.token) };
}

/** Where it is seen what the on-ramp has paid. */
export const bootArrivals = (
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Arrivals => evmArrivals((network) => readEvmConfig(network, gates, store));

export const bootNodeGates = (): Gates => gatesWith(nodeProbes());

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

export const evmConfig = (network: Network): EvmConfig => ({
  network,
  rpcUrl: needed(ofNetwork(evmRpcUrl, network)),
  token: address(ofNetwork(evmToken, network)),
  treasury: address(evmTreasuryAddress),
  ...present({
    batch: told(ofNetwork(evmBatch, network)),
    logRange: told(ofNetwork(evmLogRange, network)),
    maxFee: told(ofNetwork(evmMaxFee, network)),
    chainId: told(ofNetwork(evmChainId, network)),
  }),
});

type Present<T> = { [Name in keyof T]?: NonNullable<T[Name]> };
const present = <T extends object>(all: T): Present<T> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Present<T>;
