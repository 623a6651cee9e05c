/** What `npm start` is told by its environment. */
import { privateKeyToAddress } from 'viem/accounts';
import { contradictionsIn, limitsFrom } from '../lambdas/boot/amount-limits.ts';
import { read, type Setting } from '../lambdas/boot/setting-checks.ts';
import * as bitcoin from '../lambdas/boot/settings-bitcoin.ts';
import * as evm from '../lambdas/boot/settings-evm.ts';
import * as solana from '../lambdas/boot/settings-solana.ts';
import * as table from '../lambdas/boot/settings-table.ts';
import type { AccountId } from '../lambdas/core/brokerage/brokerage.ts';
import { type EvmNetwork, evmNetworks } from '../lambdas/core/kernel/networks.ts';
import type { Address, Hex } from '../lambdas/core/rails/evm/hex.ts';
import { faultsOfNames, gatherFaults, settingsOf } from '../lib/setting-names.ts';
import { type BitcoinSettings, bitcoinSettings } from './chains/bitcoin/settings.ts';
import { gasPayers, treasury } from './chains/dev-accounts.ts';
import { type SolanaSettings, solanaSettings } from './chains/solana/settings.ts';
import {
  chainOf,
  type Environment,
  givenIn,
  type RailsOff,
  textIn,
  withoutWrongRails,
} from './rails-off.ts';

export type LocalSettings = {
  port: number;
  awsPort: number;
  /** null: one above that of the API, or any. */
  grpcPort: number | null;
  dataDir: string;
  /** Chains of the user's own; for the other networks one is started here. */
  chains: ReadonlyMap<EvmNetwork, { rpcUrl: string; token: Address }>;
  treasury: { address: Address; key: Hex };
  gasKeys: readonly Hex[];
  /** Of treasuries before, by the names of their settings. */
  formerTreasuryKeys: Readonly<Record<string, string>>;
  bitcoin: BitcoinSettings;
  solana: SolanaSettings;
  /** Networks whose settings are wrong. What is said of them above is what nobody uses. */
  railsOff: RailsOff;
  /** An on-ramp of the user's own; null: the simulator. */
  due: DueSettings | null;
  /** A brokerage of the user's own; null: the simulator. */
  alpaca: AlpacaSettings | null;
  /** Accounts at the brokerage that tenants own. */
  alpacaAccounts: readonly AccountId[];
  idSecret: string | null;
  /** What the CDK app and the functions are told as it is. */
  passedOn: Record<string, string>;
};
export type DueSettings = {
  baseUrl: string;
  apiKey: string;
  accountId: string;
  webhookPublicKey: string | null;
};
export type AlpacaSettings = {
  baseUrl: string;
  keyId: string;
  secretKey: string;
  firmAccountId: AccountId;
};

/**
 * Throws, saying of each name or value that cannot be right what to do about it. A value of one network's settings puts that
 * network out of service and stops nothing.
 */
export function localSettings(environment: Environment): LocalSettings {
  const faults = gatherFaults();
  const set = Object.keys(environment).filter((name) => environment[name]);
  faults.add(...faultsOfNames(set, 'local'));
  const here = settingsOf('local');
  const { off, left } = withoutWrongRails(environment);
  const textOf = (setting: Setting): string | undefined => textIn(left, setting);
  const given = givenIn(left);
  const valueOr = <T>(setting: Setting<T>, otherwise: string | number): T =>
    read(setting, textOf(setting) ?? String(otherwise));
  for (const setting of here) faults.attempt(() => given(setting));
  faults.add(...(faults.attempt(() => contradictionsIn(limitsFrom(given))) ?? []));
  faults.end();

  const treasuryKey = given(evm.evmTreasuryKey) ?? treasury.privateKey;
  const [dueUrl, alpacaUrl] = [given(table.dueBaseUrl), given(table.alpacaBaseUrl)];
  const port = valueOr(table.port, table.port.default);
  return {
    port,
    awsPort: valueOr(table.awsPort, table.awsPort.default),
    grpcPort: given(table.grpcPort) ?? (port === 0 ? 0 : null),
    dataDir: valueOr(table.dataDir, table.dataDir.default),
    chains: new Map(evmNetworks.flatMap((network) => chainOf(network, given))),
    treasury: { address: privateKeyToAddress(treasuryKey), key: treasuryKey },
    formerTreasuryKeys: formerKeys(given),
    bitcoin: bitcoinSettings(given),
    solana: solanaSettings(given),
    railsOff: off,
    gasKeys: given(evm.evmGasKeys) ?? gasPayers.map((payer) => payer.privateKey),
    due:
      dueUrl === null
        ? null
        : {
            baseUrl: dueUrl,
            apiKey: valueOr(table.dueApiKey, ''),
            accountId: valueOr(table.dueAccountId, ''),
            webhookPublicKey: given(table.dueWebhookPublicKey),
          },
    alpaca:
      alpacaUrl === null
        ? null
        : {
            baseUrl: alpacaUrl,
            keyId: valueOr(table.alpacaKeyId, ''),
            secretKey: valueOr(table.alpacaSecretKey, ''),
            firmAccountId: valueOr(table.alpacaFirmAccountId, ''),
          },
    alpacaAccounts: [...valueOr(table.alpacaAccounts, table.alpacaAccounts.local).keys()],
    idSecret: given(table.idSecret),
    passedOn: Object.fromEntries(
      here
        .filter(({ neededBy, secret }) => neededBy !== 'start' && !secret)
        .map((setting) => [setting.name, textOf(setting) ?? setting.local])
        .flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    ),
  };
}

const formerKeys = (given: <T>(setting: Setting<T>) => T | null): Record<string, string> =>
  Object.fromEntries(
    [
      evm.evmFormerTreasuryKeys,
      bitcoin.bitcoinFormerTreasuryKeys,
      solana.solanaFormerTreasuryKeys,
    ].flatMap((setting) => {
      const keys = given<readonly string[]>(setting);
      return keys === null ? [] : [[setting.name, keys.join(',')]];
    }),
  );
