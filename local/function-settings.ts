/** The settings of functions on this machine: what the CDK app is told, and what functions then really get. */
import { privateKeyToAddress } from 'viem/accounts';
import { ofNetwork } from '../lambdas/boot/setting-checks.ts';
import * as bitcoin from '../lambdas/boot/settings-bitcoin.ts';
import * as evm from '../lambdas/boot/settings-evm.ts';
import * as solana from '../lambdas/boot/settings-solana.ts';
import * as table from '../lambdas/boot/settings-table.ts';
import { type EvmNetwork, evmNetworks } from '../lambdas/core/kernel/networks.ts';
import type { OutsideWorld } from './outside-world.ts';
import type { LocalSettings } from './settings.ts';

type Outside = {
  due: Omit<OutsideWorld['due'], 'apiKey'>;
  alpaca: Omit<OutsideWorld['alpaca'], 'secretKey'>;
  chainOf: (network: EvmNetwork) => { token: string; payouts?: string };
};

const standIn = 'http://127.0.0.1';
const keyStandIn = (chain: string) =>
  `arn:aws:kms:us-east-1:000000000000:key/local-${chain}-treasury`;

/**
 * The CDK context. It makes the template declare every variable that has a value here, without waiting for what
 * is outside to start: the values of those are stand-ins that functionSettings replaces.
 */
export const synthesisContext = (settings: LocalSettings): Record<string, string> => ({
  ...Object.fromEntries(
    evmNetworks.map((network) => [ofNetwork(evm.evmRpcUrlArn, network).name, 'arn:local']),
  ),
  [bitcoin.bitcoinRpcUrlArn.name]: 'arn:local',
  [bitcoin.bitcoinTreasuryKeyArn.name]: keyStandIn('bitcoin'),
  [solana.solanaRpcUrlArn.name]: 'arn:local',
  [solana.solanaTreasuryKeyArn.name]: keyStandIn('solana'),
  ...withOutside(settings, {
    due: { baseUrl: standIn, accountId: 'local', webhookPublicKey: '-----BEGIN PUBLIC KEY-----' },
    alpaca: {
      baseUrl: standIn,
      keyId: 'local',
      firmAccountId: '00000000-0000-0000-0000-000000000000',
    },
    chainOf: (network) => {
      const token = settings.treasury.address;
      return settings.chains.has(network) ? { token } : { token, payouts: token };
    },
  }),
});

/** By the names that the template declares. */
export const functionSettings = (
  settings: LocalSettings,
  { chains, ...outside }: OutsideWorld,
): Record<string, string> =>
  withOutside(settings, { ...outside, chainOf: (network) => chains[network] });

/** The URLs of the nodes, by the names of the secrets that they are when deployed. */
export const nodeSecrets = (
  outside: Pick<OutsideWorld, 'chains' | 'bitcoin' | 'solana'>,
): Record<string, string> => ({
  ...Object.fromEntries(
    evmNetworks.map((network) => [
      ofNetwork(evm.evmRpcUrl, network).name,
      outside.chains[network].nodeUrl,
    ]),
  ),
  [bitcoin.bitcoinRpcUrl.name]: outside.bitcoin.rpcUrl,
  [solana.solanaRpcUrl.name]: outside.solana.rpcUrl,
});

const withOutside = (settings: LocalSettings, { due, alpaca, chainOf }: Outside) => ({
  ...settings.passedOn,
  [evm.evmTreasuryAddress.name]: settings.treasury.address,
  [bitcoin.bitcoinTreasuryAddress.name]: settings.bitcoin.treasury,
  [solana.solanaTreasuryAddress.name]: settings.solana.treasury,
  [solana.solanaUsdcMint.name]: settings.solana.mint,
  // Who only shows the gas lanes has no keys here either.
  GAS_LANES: settings.gasKeys.map((key) => privateKeyToAddress(key)).join(','),
  [table.dueBaseUrl.name]: due.baseUrl,
  [table.dueAccountId.name]: due.accountId,
  // Empty: the on-ramp's events are not configured, and it is asked instead.
  [table.dueWebhookPublicKey.name]: due.webhookPublicKey ?? '',
  [table.alpacaBaseUrl.name]: alpaca.baseUrl,
  [table.alpacaKeyId.name]: alpaca.keyId,
  [table.alpacaFirmAccountId.name]: alpaca.firmAccountId,
  ...Object.fromEntries(
    evmNetworks.map((network) => [ofNetwork(evm.evmToken, network).name, chainOf(network).token]),
  ),
  ...Object.fromEntries(
    evmNetworks.flatMap((network) => {
      const { name } = ofNetwork(evm.evmPayoutContract, network);
      const { payouts } = chainOf(network);
      // What the user names goes before what was deployed here.
      return payouts === undefined || name in settings.passedOn ? [] : [[name, payouts]];
    }),
  ),
});
