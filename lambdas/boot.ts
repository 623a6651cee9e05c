/**
 * Builds what a function needs from its environment, once per cold start. The only file that reads the environment;
 * each function imports only what it uses, so that its bundle holds nothing else.
 */
import { getAddress } from 'viem';
import * as z from 'zod';
import { alpacaBrokerage } from './adapters/alpaca.ts';
import type { AlpacaConfig } from './adapters/alpaca-calls.ts';
import { systemClock, systemDice } from './adapters/clock.ts';
import type { DueConfig } from './adapters/due.ts';
import { dynamoBreakers } from './adapters/dynamo-breakers.ts';
import { dynamoClient, type Tables } from './adapters/dynamo-client.ts';
import { dynamoDue } from './adapters/dynamo-due.ts';
import { dynamoLists } from './adapters/dynamo-lists.ts';
import { dynamoRequests } from './adapters/dynamo-requests.ts';
import { dynamoStore } from './adapters/dynamo-store.ts';
import { dynamoWebhooks } from './adapters/dynamo-webhooks.ts';
import { type EvmConfig, viewEvm } from './adapters/evm.ts';
import { connectEvm } from './adapters/evm-payouts.ts';
import { evmSigner } from './adapters/evm-signer.ts';
import type { CallJson } from './adapters/http.ts';
import { oidcTokens } from './adapters/oidc.ts';
import { secret } from './adapters/secrets.ts';
import { kmsClient, kmsSigner } from './adapters/signer-kms.ts';
import { localSigner } from './adapters/signer-local.ts';
import { sqsClient, sqsDoorbells } from './adapters/sqs.ts';
import type { AcceptWorld } from './core/accept.ts';
import type { Limits } from './core/allowance.ts';
import { type AccountId, accountOwners, type Brokerage } from './core/brokerage.ts';
import type { Pass } from './core/gates.ts';
import { onRampPollMs, type Step, sweepPassMs } from './core/limits.ts';
import { networkSettings } from './core/networks.ts';
import type { Chain, ChainView, Clock, Dice, Signer, Store } from './core/ports.ts';
import type { Explorers } from './core/resource.ts';
import { amountsByCurrency, lifetimeMs, payInFrom } from './core/setting-values.ts';
import { type Address, type Network, networks } from './core/withdrawal.ts';
import { once } from './once.ts';
import { parsed, privateKey } from './setting-checks.ts';

const environment = process.env;

function required(name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new Error(`Set the environment variable ${name}.`);
  return value;
}

const optional = (name: string): string | null => environment[name] || null;

const list = (text: string | null): string[] =>
  (text ?? '').split(',').flatMap((part) => part.trim() || []);

function milliseconds(name: string, otherwise: number): number {
  const text = optional(name);
  if (text === null) return otherwise;
  if (!/^\d+$/.test(text))
    throw new Error(`${name} is a whole number of milliseconds, not "${text}".`);
  return Number(text);
}

function address(name: string): Address {
  const text = required(name);
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw new Error(`${name} is no EVM address.`);
  return getAddress(text.toLowerCase());
}

export const clock: Clock = systemClock;
export const dice: Dice = systemDice;

export const tables = (): Tables => ({
  money: required('MONEY_TABLE'),
  webhooks: required('WEBHOOKS_TABLE'),
  control: required('CONTROL_TABLE'),
});

/** Whether traces go anywhere: AWS_XRAY_DAEMON_ADDRESS is set by Lambda when tracing is on. */
export const isTraced = (): boolean =>
  optional('AWS_XRAY_DAEMON_ADDRESS') !== null && optional('POWERTOOLS_TRACE_ENABLED') !== 'false';

/** One client for all tables of a function. */
let client: ReturnType<typeof dynamoClient> | null = null;
export const database = (): ReturnType<typeof dynamoClient> => {
  client ??= dynamoClient();
  return client;
};

export const bootStore = (): Store => dynamoStore(database(), tables());
export const bootBreakers = () => dynamoBreakers(database(), tables(), clock);
export const bootWebhooks = () => dynamoWebhooks(database(), tables());
export const bootDue = () => dynamoDue(database(), tables());
export const bootLists = () => dynamoLists(database(), tables());

/** How often something that waits for the outside world is asked about. */
export const pollMs = (): number => milliseconds('POLL_MS', onRampPollMs);
export const passMs = (): number => milliseconds('SWEEP_PASS_MS', sweepPassMs);
export const graphqlIntrospection = (): boolean => optional('GRAPHQL_INTROSPECTION') === 'on';
export const webhookAllowedHosts = (): string[] => list(optional('WEBHOOK_ALLOWED_HOSTS'));

export const queueUrl = (step: Step): string =>
  required(`QUEUE_URL_${step.toUpperCase().replaceAll('-', '_')}`);

export const bootDoorbells = () => sqsDoorbells(sqsClient(), queueUrl);

export const keyTtlMs = (): number | null =>
  parsed('IDEMPOTENCY_KEY_TTL', optional('IDEMPOTENCY_KEY_TTL') ?? 'never', lifetimeMs);

const amounts = (name: string) => {
  const text = optional(name);
  return text === null ? {} : parsed(name, text, amountsByCurrency);
};

/** How much may be withdrawn. What is not set is not limited. */
export const amountLimits = (): Limits => ({
  perWithdrawalMin: amounts('WITHDRAWAL_MIN'),
  perWithdrawalMax: amounts('WITHDRAWAL_MAX'),
  perWalletAndDay: amounts('WALLET_DAILY_LIMIT'),
  perTenantAndDay: amounts('TENANT_DAILY_LIMIT'),
});

const upper = (network: Network): string => network.toUpperCase();

/** Main networks are known by their token; any other chain has no explorer that the public could use. */
export const explorers = (): Explorers =>
  new Map(
    networks.flatMap((network) => {
      const { usdc, explorer } = networkSettings[network];
      const isMain = optional(`EVM_TOKEN_${upper(network)}`)?.toLowerCase() === usdc.toLowerCase();
      return isMain ? [[network, explorer] as const] : [];
    }),
  );

/** A network is enabled where its token is named. */
export const payableNetworks = (): Network[] =>
  networks.filter((network) => optional(`EVM_TOKEN_${upper(network)}`) !== null);

export async function bootAccept(): Promise<AcceptWorld> {
  return {
    requests: dynamoRequests(database(), tables(), pollMs()),
    store: bootStore(),
    clock,
    idSecret: await secret(environment, 'ID_SECRET'),
    keyTtlMs: keyTtlMs(),
    limits: amountLimits(),
    dueAfterMs: pollMs(),
    networks: new Map(
      payableNetworks().map((network) => [
        network,
        [address(`EVM_TOKEN_${upper(network)}`), address('EVM_TREASURY_ADDRESS')],
      ]),
    ),
  };
}

/** How the on-ramp is spoken to. */
export async function onRampConfig(): Promise<DueConfig> {
  return {
    baseUrl: required('DUE_BASE_URL').replace(/\/$/, ''),
    apiKey: await secret(environment, 'DUE_API_KEY'),
    accountId: required('DUE_ACCOUNT_ID'),
    treasury: address('EVM_TREASURY_ADDRESS'),
  };
}

export const hasBrokerage = (): boolean => optional('ALPACA_BASE_URL') !== null;

/** How our dollars reach the on-ramp. */
export const payIn = () => parsed('ON_RAMP_PAY_IN', optional('ON_RAMP_PAY_IN') ?? 'ach', payInFrom);

/** How the brokerage is spoken to; `null` when there is none, and wallets are funded from the ledger only. */
export async function brokerageConfig(): Promise<AlpacaConfig | null> {
  if (!hasBrokerage()) return null;
  return {
    baseUrl: required('ALPACA_BASE_URL').replace(/\/$/, ''),
    keyId: required('ALPACA_KEY_ID'),
    secretKey: await secret(environment, 'ALPACA_SECRET_KEY'),
    firmAccountId: required('ALPACA_FIRM_ACCOUNT_ID'),
  };
}

export async function bootBrokerage(call?: CallJson): Promise<Brokerage | null> {
  const config = await brokerageConfig();
  return config === null ? null : alpacaBrokerage(config, call);
}

/** Which tenant owns which brokerage account. */
export const brokerageOwners = (): ReadonlyMap<AccountId, string> => {
  const text = optional('ALPACA_ACCOUNTS');
  return text === null ? new Map() : parsed('ALPACA_ACCOUNTS', text, accountOwners);
};

export const evmConfig = (network: Network): EvmConfig => ({
  network,
  rpcUrl: required(`EVM_RPC_URL_${upper(network)}`),
  token: address(`EVM_TOKEN_${upper(network)}`),
  treasury: address('EVM_TREASURY_ADDRESS'),
});

/** What 5-confirm reads verdicts from. */
export const bootViews = (pass: Pass): ((network: Network) => Promise<ChainView>) =>
  once((network) => viewEvm({ ...evmConfig(network), pass }));

/** What 4-broadcast pays on. `FINALITY_MS` says how long a chain other than the public ones takes to be final. */
export const bootChains = (pass: Pass): ((network: Network) => Promise<Chain>) =>
  once((network) => {
    const given = optional('FINALITY_MS') !== null;
    const finalityMs = given ? milliseconds('FINALITY_MS', 0) : undefined;
    return connectEvm({ ...evmConfig(network), pass }, finalityMs);
  });

/** Private keys on one machine, KMS keys when deployed. */
export async function bootSigner(): Promise<Signer> {
  const treasuryKey = optional('EVM_TREASURY_KEY');
  if (treasuryKey !== null) {
    const gasKeys = list(required('EVM_GAS_KEYS'));
    return evmSigner(
      localSigner(privateKey('EVM_TREASURY_KEY', treasuryKey)),
      gasKeys.map((key) => localSigner(privateKey('EVM_GAS_KEYS', key))),
    );
  }
  const kms = kmsClient();
  const [treasury, ...gas] = await Promise.all(
    [required('TREASURY_KEY_ID'), ...list(required('GAS_KEY_IDS'))].map((id) => kmsSigner(kms, id)),
  );
  if (treasury === undefined) throw new Error('Set TREASURY_KEY_ID.');
  return evmSigner(treasury, gas);
}

/** Due's public key for its events; `null` when events are not configured and polling alone must do. */
export const dueWebhookPublicKey = (): string | null => optional('DUE_WEBHOOK_PUBLIC_KEY');

/** Checks the tokens of the configured issuer (OIDC_ISSUER); `null` when there is none. */
export function bootTokens(): ReturnType<typeof oidcTokens> | null {
  const issuer = optional('OIDC_ISSUER');
  if (issuer === null) return null;
  return oidcTokens({
    issuer,
    audience: required('OIDC_AUDIENCE'),
    jwksUrl: optional('OIDC_JWKS_URL'),
    tenantClaim: optional('OIDC_TENANT_CLAIM') ?? 'tenant',
  });
}
/** What API Gateway counts all callers with a token by (lib/usage-plan.ts). */
export const tokenUsageKey = (): string => required('TOKEN_USAGE_KEY');

/** The methods of each resource of the API, from the same table that its routes are deployed from. */
export const allowedMethods = (): Record<string, string> =>
  z.record(z.string(), z.string()).parse(JSON.parse(required('ALLOWED_METHODS')));
