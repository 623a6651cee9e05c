/** Reads what can be paid, and where: which networks are configured, with which assets. It loads nothing of a chain. */

import * as z from 'zod';
import { errorName, SettingError } from '../core/kernel/errors.ts';
import type { Asset } from '../core/kernel/money.ts';
import {
  type Explorers,
  isEvmNetwork,
  type Network,
  networkSettings,
  networks,
  type Payable,
  type PayableNetworks,
  type Route,
} from '../core/kernel/networks.ts';
import type { Configured } from './configured.ts';
import { optional } from './environment.ts';
import { bitcoinConfigured } from './network-bitcoin.ts';
import { evmConfigured } from './network-evm.ts';
import { solanaConfigured } from './network-solana.ts';
import { logger } from './observe.ts';

const settingsOf = (network: Network): Configured | null =>
  isEvmNetwork(network)
    ? evmConfigured(network)
    : network === 'solana'
      ? solanaConfigured()
      : bitcoinConfigured();

/** What cannot be read of a network's settings, without any value of them. */
type Wrong = { wrong: string };

/**
 * `null`: the network is not configured. What is wrong with the settings of one takes it out of service and nothing else: it is
 * listed as down, nothing is accepted or paid there (`inService`), and every other network goes on.
 */
function configured(network: Network): Configured | Wrong | null {
  try {
    const off = railsOff()[network];
    if (off !== undefined) throw new SettingError(off);
    return settingsOf(network);
  } catch (error) {
    return { wrong: wrongOn(network, error) };
  }
}

const told = new Set<string>();
/** Is said in the log once for as long as the function lives. */
function wrongOn(network: Network, error: unknown): string {
  const why =
    error instanceof SettingError ? error.said : `Its settings are wrong (${errorName(error)}).`;
  if (!told.has(network)) logger.error('network out of service', { network, why });
  told.add(network);
  return why;
}

const RailsOff = z.partialRecord(z.enum(networks), z.string());
/** What `npm start` has found wrong, by network: when deployed, the CDK app refuses that before anything is deployed. */
function railsOff(): Partial<Record<Network, string>> {
  const text = optional('RAILS_OFF');
  return text === null ? {} : RailsOff.parse(JSON.parse(text));
}

/** Throws SettingError where the settings of the network are wrong: whoever builds something of a rail asks first. */
export function inService<N extends Network>(network: N): N {
  const found = configured(network);
  if (found !== null && 'wrong' in found) throw new SettingError(found.wrong);
  return network;
}

/** The block explorers of the main networks. Other chains have no public explorer. */
export const explorers = (): Explorers =>
  new Map(
    networks.flatMap((network) => {
      const found = configured(network);
      const isMain = found !== null && 'isMain' in found && found.isMain;
      return isMain ? [[network, networkSettings[network].explorer] as const] : [];
    }),
  );

/** The networks that are configured, if wrongly. */
export const payableNetworks = (): Network[] =>
  networks.filter((network) => configured(network) !== null);

/** Each asset on each network that is configured: there is a rail for it (rails.ts). */
export const payableRoutes = (): Route[] =>
  networks.flatMap((network) => {
    const found = configured(network);
    return found === null ? [] : assetsOf(network, found).map((asset) => ({ network, asset }));
  });

/** What would be paid on a network whose settings are wrong is shown as unknown, and not as nothing. */
const assetsOf = (network: Network, found: Configured | Wrong): readonly Asset[] =>
  'wrong' in found ? networkSettings[network].assets : found.assets;

/** The same for who accepts withdrawals. */
export const whatIsPayable = (): PayableNetworks =>
  new Map(networks.flatMap((network) => payableOn(network)));

function payableOn(network: Network): [Network, Payable][] {
  const found = configured(network);
  if (found === null) return [];
  const assets = assetsOf(network, found);
  if ('wrong' in found) return [[network, { assets, ours: [], outOfService: true }]];
  try {
    return [[network, { assets, ours: found.ours(), outOfService: false }]];
  } catch (error) {
    wrongOn(network, error);
    return [[network, { assets, ours: [], outOfService: true }]];
  }
}
