/** What a deployment is told: CDK context under the names of the contract (section 1). No context at all is a valid one. */
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { networks } from '../lambdas/core/withdrawal.ts';

/**
 * Circle's own USDC on the main networks
 * (https://developers.circle.com/stablecoins/usdc-contract-addresses, providers.md §5.1).
 */
const usdc = {
  ethereum: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  base: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  polygon: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
  arbitrum: '0xaf88d065e77c8cC2239327C5EDb3A432268e5831',
} as const satisfies Record<(typeof networks)[number], string>;

type Check = { valid: (text: string) => boolean; wanted: string };
const url: Check = { valid: (text) => /^https?:\/\/\S+$/.test(text), wanted: 'an http(s) URL' };
const address: Check = { valid: (text) => /^0x[\da-fA-F]{40}$/.test(text), wanted: 'an address' };
const milliseconds: Check = {
  valid: (ms) => /^[1-9]\d*$/.test(ms),
  wanted: 'a number of milliseconds',
};
const text: Check = { valid: () => true, wanted: 'text' };
const amounts: Check = {
  valid: (list) => /^[A-Z]+:\d+(\.\d+)?(,[A-Z]+:\d+(\.\d+)?)*$/.test(list),
  wanted: 'amounts by currency, such as "USD:100.00,USDC:50.00"',
};
const oneOf = (...words: string[]): Check => ({
  valid: (word) => words.includes(word),
  wanted: `one of ${words.join(', ')}`,
});

/** Told to every function. */
const common: Record<string, Check> = {
  LOG_LEVEL: oneOf('debug', 'info', 'warn', 'error'),
  IDEMPOTENCY_KEY_TTL: {
    valid: (ttl) => /^(never|[1-9]\d{0,5}[smhd])$/.test(ttl),
    wanted: '"never" or a duration such as "24h"',
  },
  GRAPHQL_INTROSPECTION: oneOf('on', 'off'),
  WITHDRAWAL_MIN: amounts,
  WITHDRAWAL_MAX: amounts,
  WALLET_DAILY_LIMIT: amounts,
  TENANT_DAILY_LIMIT: amounts,
  SWEEP_PASS_MS: milliseconds,
  POLL_MS: milliseconds,
  WEBHOOK_ALLOWED_HOSTS: text,
  EVM_TREASURY_ADDRESS: address,
  DUE_BASE_URL: url,
  DUE_ACCOUNT_ID: text,
  DUE_WEBHOOK_PUBLIC_KEY: {
    valid: (pem) => pem.includes('BEGIN PUBLIC KEY'),
    wanted: 'a public key in PEM',
  },
};
const rpcUrl = (network: string) => `EVM_RPC_URL_${network.toUpperCase()}`;
const token = (network: string) => `EVM_TOKEN_${network.toUpperCase()}`;
const known: Record<string, Check> = {
  ...common,
  ...Object.fromEntries(networks.map((network) => [rpcUrl(network), url])),
  ...Object.fromEntries(networks.map((network) => [token(network), address])),
  /** An existing secret that holds the API key; without it the stack makes an empty one. */
  DUE_API_KEY_SECRET_ARN: text,
};
const ours = /^(EVM|DUE|WEBHOOK|IDEMPOTENCY|LOG|SWEEP|POLL|WITHDRAWAL|WALLET|TENANT|GRAPHQL)_/;

export type Settings = {
  /** Environment of every function. A network is enabled where EVM_TOKEN_<NETWORK> is set. */
  common: Record<string, string>;
  /** EVM_RPC_URL_<NETWORK>: only for functions that talk to a chain. */
  chains: Record<string, string>;
  dueApiKeySecretArn: string | undefined;
  /** Gas lanes: keys that pay for submitting payouts. */
  gasKeys: number;
  /** Where alarms are sent. */
  alarmEmail: string | undefined;
};

/**
 * Reads the context. A value `ssm:<name>` is read from Parameter Store, by CloudFormation, when the stack is deployed.
 * A network without an RPC URL is left out. Throws on a name or value that cannot be right.
 */
export function settingsFrom(scope: Construct): Settings {
  const context = scope.node.getAllContext() as Record<string, unknown>;
  for (const name of Object.keys(context))
    if (ours.test(name) && known[name] === undefined)
      throw new Error(
        `Unknown setting ${name} in the CDK context. Known: ${Object.keys(known).join(', ')}.`,
      );

  const read = (name: string): string | undefined => {
    const value = context[name];
    if (value === undefined) return undefined;
    const check = known[name] ?? text;
    if (typeof value !== 'string') throw new Error(`${name} in the CDK context must be a string.`);
    if (value.startsWith('ssm:'))
      return StringParameter.valueForStringParameter(scope, value.slice('ssm:'.length));
    if (!check.valid(value))
      throw new Error(`${name} in the CDK context must be ${check.wanted}, or ssm:<parameter>.`);
    return value;
  };
  const present = (pairs: readonly (readonly [string, string | undefined])[]) =>
    Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));

  const enabled = networks.filter((network) => context[rpcUrl(network)] !== undefined);
  if (enabled.length > 0 && context['EVM_TREASURY_ADDRESS'] === undefined)
    throw new Error(
      'A network needs EVM_TREASURY_ADDRESS. Deploy once without networks to get the treasury key, then give its address (docs/runbook.md#treasury-address).',
    );
  const gasKeys = Number(context['gasKeys'] ?? 2);
  if (!Number.isInteger(gasKeys) || gasKeys < 1 || gasKeys > 20)
    throw new Error('gasKeys in the CDK context must be a whole number from 1 to 20.');
  return {
    common: {
      ...present(Object.keys(common).map((name) => [name, read(name)])),
      ...present(enabled.map((network) => [token(network), read(token(network)) ?? usdc[network]])),
    },
    chains: present(enabled.map((network) => [rpcUrl(network), read(rpcUrl(network))])),
    dueApiKeySecretArn: read('DUE_API_KEY_SECRET_ARN'),
    gasKeys,
    alarmEmail: context['alarmEmail'] === undefined ? undefined : String(context['alarmEmail']),
  };
}
