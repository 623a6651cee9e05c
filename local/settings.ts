/** What `npm start` is told by its environment (contract, section 1). */
import { privateKeyToAddress } from 'viem/accounts';
import { accountOwners } from '../lambdas/boot/setting-values.ts';
import { type AccountId, isAccountId } from '../lambdas/core/brokerage/brokerage.ts';
import { type Address, type Hex, type Network, networks } from '../lambdas/core/kernel/networks.ts';
import { gasPayers, treasury } from './chains/dev-accounts.ts';

export type LocalSettings = {
  port: number;
  awsPort: number;
  dataDir: string;
  /** Chains of the user's own; for the other networks one is started here. */
  chains: ReadonlyMap<Network, { rpcUrl: string; token: Address }>;
  treasury: { address: Address; key: Hex };
  gasKeys: readonly Hex[];
  /** An on-ramp of the user's own; null: the simulator. */
  due: DueSettings | null;
  /** A brokerage of the user's own; null: the simulator. */
  alpaca: AlpacaSettings | null;
  /** ALPACA_ACCOUNTS: who owns which account at the brokerage. */
  alpacaAccounts: string;
  idSecret: string | null;
  /** Settings of the functions that are passed on as they are: known to the CDK app, which checks them. */
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
type Environment = Readonly<Record<string, string | undefined>>;

/** Shorter than deployed: here the outside world answers within a second or two, and somebody may be watching. */
const sweepPassMs = '1000';
const pollMs = '2000';
/** More than one machine answers: nobody is in the way of a load test who has not asked for it. */
const rateLimit = '5000';
const exampleAccounts =
  'alice:a11ce000-0000-4000-8000-000000000001,bob:b0b00000-0000-4000-8000-000000000001';
const oidc = ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_JWKS_URL', 'OIDC_TENANT_CLAIM'];
const limits = ['WITHDRAWAL_MIN', 'WITHDRAWAL_MAX', 'WALLET_DAILY_LIMIT', 'TENANT_DAILY_LIMIT'];
const passedOn = ['IDEMPOTENCY_KEY_TTL', 'LOG_LEVEL', 'ON_RAMP_PAY_IN', ...oidc, ...limits];

/** Throws, saying what to do, on the first value that cannot be right. */
export function localSettings(environment: Environment): LocalSettings {
  const read = (name: string): string | undefined => environment[name] || undefined;
  const port = (name: string, otherwise: number): number => {
    const text = read(name) ?? String(otherwise);
    if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
    throw new Error(`${name} is a port number (0: any free one), not "${text}".`);
  };
  const keys = (name: string): Hex[] | undefined =>
    read(name)
      ?.split(',')
      .map((key) => privateKey(name, key.trim()));
  const [treasuryKey = treasury.privateKey] = keys('EVM_TREASURY_KEY') ?? [];
  return {
    port: port('PORT', 8080),
    awsPort: port('AWS_PORT', 4566),
    dataDir: read('DATA_DIR') ?? '.local',
    chains: new Map(networks.flatMap((network) => ownChain(network, read))),
    treasury: { address: privateKeyToAddress(treasuryKey), key: treasuryKey },
    gasKeys: keys('EVM_GAS_KEYS') ?? gasPayers.map((payer) => payer.privateKey),
    due: ownDue(read),
    alpaca: ownAlpaca(read),
    alpacaAccounts: alpacaAccounts(read),
    idSecret: read('ID_SECRET') ?? null,
    passedOn: {
      SWEEP_PASS_MS: read('SWEEP_PASS_MS') ?? sweepPassMs,
      POLL_MS: read('POLL_MS') ?? pollMs,
      GRAPHQL_INTROSPECTION: read('GRAPHQL_INTROSPECTION') ?? 'on',
      RATE_LIMIT_PER_SECOND: read('RATE_LIMIT_PER_SECOND') ?? rateLimit,
      RATE_LIMIT_BURST: read('RATE_LIMIT_BURST') ?? rateLimit,
      // Set but empty means: none.
      WEBHOOK_ALLOWED_HOSTS: environment['WEBHOOK_ALLOWED_HOSTS'] ?? '127.0.0.1',
      ...Object.fromEntries(
        passedOn.flatMap((name) => {
          const value = read(name);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    },
  };
}

type Read = (name: string) => string | undefined;

function ownChain(network: Network, read: Read): [Network, { rpcUrl: string; token: Address }][] {
  const [rpcName, tokenName] = [
    `EVM_RPC_URL_${network.toUpperCase()}`,
    `EVM_TOKEN_${network.toUpperCase()}`,
  ];
  const [rpcUrl, token] = [read(rpcName), read(tokenName)];
  if (rpcUrl === undefined && token === undefined) return [];
  if (rpcUrl === undefined || !URL.canParse(rpcUrl))
    throw new Error(`Set ${rpcName} to the URL of a node of ${network}, or unset ${tokenName}.`);
  if (token === undefined || !/^0x[0-9a-fA-F]{40}$/.test(token))
    throw new Error(`Set ${tokenName} to the address of USDC on the chain of ${rpcName}.`);
  return [[network, { rpcUrl, token: token as Address }]];
}

function ownDue(read: Read): DueSettings | null {
  const baseUrl = read('DUE_BASE_URL');
  if (baseUrl === undefined) return null;
  const [apiKey, accountId] = [read('DUE_API_KEY'), read('DUE_ACCOUNT_ID')];
  if (!URL.canParse(baseUrl) || apiKey === undefined || accountId === undefined)
    throw new Error(
      'With DUE_BASE_URL (a URL), set DUE_API_KEY and DUE_ACCOUNT_ID too, or unset it for the simulator.',
    );
  return { baseUrl, apiKey, accountId, webhookPublicKey: read('DUE_WEBHOOK_PUBLIC_KEY') ?? null };
}

function ownAlpaca(read: Read): AlpacaSettings | null {
  const baseUrl = read('ALPACA_BASE_URL');
  if (baseUrl === undefined) return null;
  const [keyId, secretKey] = [read('ALPACA_KEY_ID'), read('ALPACA_SECRET_KEY')];
  const firmAccountId = read('ALPACA_FIRM_ACCOUNT_ID')?.toLowerCase() ?? '';
  const complete = URL.canParse(baseUrl) && isAccountId(firmAccountId);
  if (!complete || keyId === undefined || secretKey === undefined)
    throw new Error(
      'With ALPACA_BASE_URL (a URL), set ALPACA_KEY_ID, ALPACA_SECRET_KEY and ALPACA_FIRM_ACCOUNT_ID (a UUID) too, or unset it for the simulator.',
    );
  return { baseUrl, keyId, secretKey, firmAccountId };
}

function alpacaAccounts(read: Read): string {
  const accounts = read('ALPACA_ACCOUNTS') ?? exampleAccounts;
  try {
    accountOwners(accounts);
  } catch (error) {
    throw new Error(`ALPACA_ACCOUNTS is ${(error as Error).message}.`, { cause: error });
  }
  return accounts;
}

function privateKey(name: string, text: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text as Hex;
  throw new Error(`${name} holds something that is no private key (0x and 64 hex digits).`);
}
