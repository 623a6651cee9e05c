/** What a deployment is told: CDK context under the names of the contract (section 1). No context at all is a valid one. */
import { Token } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { accountOwners, amountsByCurrency, lifetimeMs } from '../lambdas/boot/setting-values.ts';
import { isAccountId } from '../lambdas/core/brokerage/brokerage.ts';
import { networkSettings, networks } from '../lambdas/core/kernel/networks.ts';
import { payIns } from '../lambdas/core/store/conversion-record.ts';
import type { ProviderSecretArns } from './secrets.ts';

type Check = { valid: (text: string) => boolean; wanted: string };
const url: Check = { valid: (text) => /^https?:\/\/\S+$/.test(text), wanted: 'an http(s) URL' };
const address: Check = { valid: (text) => /^0x[\da-fA-F]{40}$/.test(text), wanted: 'an address' };
const milliseconds: Check = {
  valid: (ms) => /^[1-9]\d*$/.test(ms),
  wanted: 'a number of milliseconds',
};
/** Keys that are fetched without TLS are whoever's in between; on one machine there is nobody in between. */
const secureUrl: Check = {
  valid: (text) => /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)[:/])\S+$/.test(`${text}/`),
  wanted: 'an https URL',
};
const text: Check = { valid: () => true, wanted: 'text' };
const parses = (parse: (text: string) => unknown) => (value: string) => {
  try {
    parse(value);
    return true;
  } catch {
    return false;
  }
};
const amounts: Check = {
  valid: parses(amountsByCurrency),
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
    valid: parses(lifetimeMs),
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
  ON_RAMP_PAY_IN: oneOf(...payIns),
  DUE_BASE_URL: url,
  DUE_ACCOUNT_ID: text,
  DUE_WEBHOOK_PUBLIC_KEY: {
    valid: (pem) => pem.includes('BEGIN PUBLIC KEY'),
    wanted: 'a public key in PEM',
  },
};
/** Told to those who speak to the brokerage, or must know who owns which account there. */
const brokerage: Record<string, Check> = {
  ALPACA_BASE_URL: url,
  ALPACA_KEY_ID: text,
  ALPACA_FIRM_ACCOUNT_ID: { valid: isAccountId, wanted: 'a UUID in small letters' },
  ALPACA_ACCOUNTS: {
    valid: parses(accountOwners),
    wanted: 'tenants and their accounts, each once, such as "alice:<uuid>,bob:<uuid>"',
  },
};
/** Told to the authorizer: whose tokens are accepted besides API keys. */
const oidc: Record<string, Check> = {
  OIDC_ISSUER: secureUrl,
  OIDC_AUDIENCE: text,
  OIDC_JWKS_URL: secureUrl,
  OIDC_TENANT_CLAIM: text,
};
const whole = (max: number): Check => ({
  valid: (count) => /^[1-9]\d{0,8}$/.test(count) && Number(count) <= max,
  wanted: `a whole number from 1 to ${max}`,
});
/** The most that API Gateway gives an account by default, and the burst that comes with it. */
const rateLimits: Record<string, Check> = {
  RATE_LIMIT_PER_SECOND: whole(10_000),
  RATE_LIMIT_BURST: whole(5_000),
};
const rateLimitDefault = { perSecond: 100, burst: 200 };
const rpcUrl = (network: string) => `EVM_RPC_URL_${network.toUpperCase()}`;
const token = (network: string) => `EVM_TOKEN_${network.toUpperCase()}`;
const known: Record<string, Check> = {
  ...common,
  ...brokerage,
  ...oidc,
  ...rateLimits,
  ...Object.fromEntries(networks.map((network) => [rpcUrl(network), url])),
  ...Object.fromEntries(networks.map((network) => [token(network), address])),
  /** Existing secrets that hold the API keys; without them the stack makes empty ones. */
  DUE_API_KEY_SECRET_ARN: text,
  ALPACA_SECRET_KEY_SECRET_ARN: text,
};
const ours =
  /^(EVM|DUE|ALPACA|WEBHOOK|IDEMPOTENCY|LOG|SWEEP|POLL|OIDC|RATE|WITHDRAWAL|WALLET|TENANT|GRAPHQL|ON_RAMP)_/;

export type RateLimit = { ratePerSecond: number; burst: number };
export type Settings = {
  /** Environment of every function. A network is enabled where EVM_TOKEN_<NETWORK> is set. */
  common: Record<string, string>;
  /** EVM_RPC_URL_<NETWORK>: only for functions that talk to a chain. */
  chains: Record<string, string>;
  /** Environment of those who use the brokerage. Empty: there is none. */
  brokerage: Record<string, string>;
  /** Of what providers have issued. */
  secretArns: ProviderSecretArns;
  /** Environment of the authorizer; `null`: API keys only. */
  oidc: Record<string, string> | null;
  /** Of each API key. */
  rateLimit: RateLimit;
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
  const number = (name: string, otherwise: number): number => {
    const value = read(name) ?? String(otherwise);
    if (Token.isUnresolved(value))
      throw new Error(`${name} goes into the template: give the number itself, not ssm:.`);
    return Number(value);
  };
  const { OIDC_ISSUER, OIDC_AUDIENCE } = context;
  const oidcNames = Object.keys(oidc).filter((name) => context[name] !== undefined);
  if (oidcNames.length > 0 && (OIDC_ISSUER === undefined || OIDC_AUDIENCE === undefined))
    throw new Error(
      `${oidcNames.join(', ')} in the CDK context: tokens need both OIDC_ISSUER and OIDC_AUDIENCE.`,
    );
  const missing = Object.keys(brokerage).filter((name) => context[name] === undefined);
  if (missing.length > 0 && context['ALPACA_BASE_URL'] !== undefined)
    throw new Error(`The brokerage of ALPACA_BASE_URL needs ${missing.join(', ')} too.`);
  const payIn = payIns.find((one) => one === context['ON_RAMP_PAY_IN']) ?? 'ach';
  if (payIn !== 'ach' && context['ALPACA_BASE_URL'] === undefined)
    throw new Error(`ON_RAMP_PAY_IN "${payIn}" needs the brokerage that wires: ALPACA_BASE_URL.`);
  const gasKeys = Number(context['gasKeys'] ?? 2);
  if (!Number.isInteger(gasKeys) || gasKeys < 1 || gasKeys > 20)
    throw new Error('gasKeys in the CDK context must be a whole number from 1 to 20.');
  return {
    common: {
      ...present(Object.keys(common).map((name) => [name, read(name)])),
      ...present(
        enabled.map((network) => [
          token(network),
          read(token(network)) ?? networkSettings[network].usdc,
        ]),
      ),
    },
    chains: present(enabled.map((network) => [rpcUrl(network), read(rpcUrl(network))])),
    brokerage: present(Object.keys(brokerage).map((name) => [name, read(name)])),
    secretArns: present(
      (['DUE_API_KEY', 'ALPACA_SECRET_KEY'] as const).map((name) => [
        name,
        read(`${name}_SECRET_ARN`),
      ]),
    ),
    oidc: oidcNames.length === 0 ? null : present(oidcNames.map((name) => [name, read(name)])),
    rateLimit: {
      ratePerSecond: number('RATE_LIMIT_PER_SECOND', rateLimitDefault.perSecond),
      burst: number('RATE_LIMIT_BURST', rateLimitDefault.burst),
    },
    gasKeys,
    alarmEmail: context['alarmEmail'] === undefined ? undefined : String(context['alarmEmail']),
  };
}
