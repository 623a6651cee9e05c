/** How the nodes of EVM networks are reached, and probed. */
import { evmArrivals } from '../adapters/evm/arrivals.ts';
import { probeOf } from '../adapters/evm/exchange.ts';
import type { EvmConfig } from '../adapters/evm/view.ts';
import type { Gates } from '../core/breakers/gates.ts';
import type { EvmNetwork } from '../core/kernel/networks.ts';
import type { Arrivals } from '../core/on-ramp/arrival.ts';
import type { Address } from '../core/rails/evm/hex.ts';
import { chainUsedFirst } from '../core/rails/evm/pin.ts';
import type { Store } from '../core/store/store.ts';
import { address, bootSecret, learnUrl, told } from './environment.ts';
import { once } from './once.ts';
import { ofNetwork, read } from './setting-checks.ts';
import {
  evmBatch,
  evmChainId,
  evmLogRange,
  evmMaxFee,
  evmPayoutContract,
  evmRpcUrl,
  evmToken,
  evmTreasuryAddress,
} from './settings-evm.ts';

/** Reads the URL of a network's node, once for as long as the function lives. It may hold a key. */
const rpcUrlOf = once(async (network: EvmNetwork) => {
  const setting = ofNetwork(evmRpcUrl, network);
  const url = read(setting, (await bootSecret(setting.name)).trim());
  learnUrl(url);
  return url;
});

/** A network whose URL cannot be read holds up no other: a probe reads it when it is made. */
export const probeEvm = (network: EvmNetwork) => async () =>
  probeOf({ network, rpcUrl: await rpcUrlOf(network) })();

/** How a network's node is asked by who only reads: through the breakers, and as the chain that was used there first. */
export async function readEvmConfig(
  network: EvmNetwork,
  { pass }: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Promise<EvmConfig> {
  const config = await evmConfig(network);
  return { ...config, pass, pinned: chainUsedFirst(store, network, config.token) };
}

/** Where it is seen what the on-ramp has paid. */
export const arrivalsOnEvm = (
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Arrivals<EvmNetwork> =>
  evmArrivals(
    (network) => readEvmConfig(network, gates, store),
    () => address(evmTreasuryAddress),
  );

/** What is ours there without asking anybody, and without the URL of the node, which is a secret that is read. */
export const evmOurs = (
  network: EvmNetwork,
): { treasury: Address; payoutContract: Address | null } => ({
  treasury: address(evmTreasuryAddress),
  payoutContract: contractOn(network),
});

export const evmConfig = async (network: EvmNetwork): Promise<EvmConfig> => ({
  network,
  rpcUrl: await rpcUrlOf(network),
  token: address(ofNetwork(evmToken, network)),
  treasury: address(evmTreasuryAddress),
  ...present({
    batch: told(ofNetwork(evmBatch, network)),
    logRange: told(ofNetwork(evmLogRange, network)),
    maxFee: told(ofNetwork(evmMaxFee, network)),
    payoutContract: contractOn(network),
    chainId: told(ofNetwork(evmChainId, network)),
  }),
});

/** `null`: payouts go one by one. */
const contractOn = (network: EvmNetwork): Address | null => {
  const setting = ofNetwork(evmPayoutContract, network);
  return told(setting) === null ? null : address(setting);
};

type Present<T> = { [Name in keyof T]?: NonNullable<T[Name]> };
const present = <T extends object>(all: T): Present<T> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Present<T>;
