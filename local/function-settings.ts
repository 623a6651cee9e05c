/** The settings of lib/settings.ts on this machine: what the CDK app is told, and what functions then really get. */
import { type Network, networks } from '../lambdas/core/kernel/networks.ts';
import type { OutsideWorld } from './outside-world.ts';
import type { LocalSettings } from './settings.ts';

const rpcUrl = (network: Network): string => `EVM_RPC_URL_${network.toUpperCase()}`;
const token = (network: Network): string => `EVM_TOKEN_${network.toUpperCase()}`;

/**
 * The CDK context. It makes the template declare every variable that has a value here, without waiting for what
 * is outside to start: the values of those are stand-ins that functionSettings replaces.
 */
export const synthesisContext = (settings: LocalSettings): Record<string, string> => ({
  ...settings.passedOn,
  EVM_TREASURY_ADDRESS: settings.treasury.address,
  DUE_BASE_URL: 'http://127.0.0.1',
  DUE_ACCOUNT_ID: 'local',
  DUE_WEBHOOK_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----',
  ALPACA_BASE_URL: 'http://127.0.0.1',
  ALPACA_KEY_ID: 'local',
  ALPACA_FIRM_ACCOUNT_ID: '00000000-0000-0000-0000-000000000000',
  ALPACA_ACCOUNTS: settings.alpacaAccounts,
  ...perNetwork((network) => [
    [rpcUrl(network), 'http://127.0.0.1'],
    [token(network), settings.treasury.address],
  ]),
});

/** By the names that the template declares. */
export const functionSettings = (
  settings: LocalSettings,
  { chains, due, alpaca }: OutsideWorld,
): Record<string, string> => ({
  ...settings.passedOn,
  EVM_TREASURY_ADDRESS: settings.treasury.address,
  DUE_BASE_URL: due.baseUrl,
  DUE_ACCOUNT_ID: due.accountId,
  // Empty: the on-ramp's events are not configured, and it is asked instead.
  DUE_WEBHOOK_PUBLIC_KEY: due.webhookPublicKey ?? '',
  ALPACA_BASE_URL: alpaca.baseUrl,
  ALPACA_KEY_ID: alpaca.keyId,
  ALPACA_FIRM_ACCOUNT_ID: alpaca.firmAccountId,
  ALPACA_ACCOUNTS: settings.alpacaAccounts,
  ...perNetwork((network) => [
    [rpcUrl(network), chains[network].nodeUrl],
    [token(network), chains[network].token],
  ]),
});

const perNetwork = (of: (network: Network) => [string, string][]): Record<string, string> =>
  Object.fromEntries(networks.flatMap(of));
