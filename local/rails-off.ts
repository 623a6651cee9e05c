/** What is wrong with the settings of one network puts that network out of service, and nothing else: the machine starts without it. */
import { privateKeyToAddress } from 'viem/accounts';
import { ofNetwork, read, type Setting } from '../lambdas/boot/setting-checks.ts';
import * as evm from '../lambdas/boot/settings-evm.ts';
import { SettingError } from '../lambdas/core/kernel/errors.ts';
import {
  type EvmNetwork,
  evmNetworks,
  isEvmNetwork,
  type Network,
  networks,
} from '../lambdas/core/kernel/networks.ts';
import type { Address } from '../lambdas/core/rails/evm/hex.ts';
import { settingsOf } from '../lib/setting-names.ts';
import { bitcoinSettings } from './chains/bitcoin/settings.ts';
import { solanaSettings } from './chains/solana/settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
/** What a setting holds; `null` when it is not set. Throws SettingError on what cannot be right. */
export type Given = <T>(setting: Setting<T>) => T | null;
/** Why networks are out of service, without any value of a setting. */
export type RailsOff = Partial<Record<Network, string>>;

export const textIn = (
  environment: Environment,
  { name, default: otherwise }: Setting,
): string | undefined =>
  environment[name] === '' && otherwise !== '' ? undefined : environment[name];

export const givenIn =
  (environment: Environment): Given =>
  (setting) => {
    const text = textIn(environment, setting);
    return text === undefined ? null : read(setting, text);
  };

/** The networks that a setting is about; none where it is about all of the product. */
function networksOf({ name }: Setting): readonly Network[] {
  const [rail] = name.split('_', 1);
  if (rail === 'BITCOIN') return ['bitcoin'];
  if (rail === 'SOLANA') return ['solana'];
  if (rail !== 'EVM') return [];
  const one = evmNetworks.filter((network) => name.endsWith(`_${network.toUpperCase()}`));
  return one.length > 0 ? one : evmNetworks;
}

/** A chain of the user's own has a URL and a token. */
export function chainOf(network: EvmNetwork, given: Given) {
  const settings = [evm.evmRpcUrl, evm.evmToken].map((one) => ofNetwork(one, network));
  const [rpcUrl, token] = settings.map(given);
  const missing = settings.find((one) => !given(one));
  if (rpcUrl && token) return [[network, { rpcUrl, token: token as Address }]] as const;
  if (missing === undefined || (!rpcUrl && !token)) return [];
  throw new SettingError(`Set ${missing.name} too, or neither of a network's URL and token.`);
}

/** Most numbers of 256 bits are keys, and some are not (SEC 2, section 2.4.1). */
function checkKeys(given: Given): void {
  for (const setting of [evm.evmTreasuryKey, evm.evmGasKeys, evm.evmFormerTreasuryKeys])
    for (const key of [given<string | readonly string[]>(setting) ?? []].flat())
      try {
        privateKeyToAddress(key as `0x${string}`);
      } catch {
        throw new SettingError(`${setting.name} must be ${setting.check.wanted}.`);
      }
}

const checkTogether = (network: Network, given: Given): void => {
  if (network === 'bitcoin') bitcoinSettings(given);
  else if (network === 'solana') solanaSettings(given);
  else if (isEvmNetwork(network)) {
    chainOf(network, given);
    checkKeys(given);
  } else network satisfies never;
};

/** `left`: the environment without the settings of networks that are out of service, so that what is started has values that fit. */
export function withoutWrongRails(environment: Environment): { off: RailsOff; left: Environment } {
  const given = givenIn(environment);
  const here = settingsOf('local');
  const wrongOn = (network: Network): string => {
    const said = new Set<string>();
    const attempt = (work: () => unknown): void => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof SettingError)) throw error;
        said.add(error.said);
      }
    };
    for (const setting of here)
      if (networksOf(setting).includes(network)) attempt(() => given(setting));
    attempt(() => checkTogether(network, given));
    return [...said].join(' ');
  };
  const off: RailsOff = {};
  for (const network of networks) {
    const wrong = wrongOn(network);
    if (wrong !== '') off[network] = wrong;
  }
  const gone = here
    .filter((setting) => {
      const about = networksOf(setting);
      return about.length > 0 && about.every((network) => off[network] !== undefined);
    })
    .map(({ name }) => name);
  const left = Object.entries(environment).filter(([name]) => !gone.includes(name));
  return { off, left: Object.fromEntries(left) };
}
