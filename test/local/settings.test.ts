import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { Setting } from '../../lambdas/boot/setting-checks.ts';
import { settings } from '../../lib/setting-names.ts';
import { devKey, keyText } from '../../local/chains/solana/dev-keys.ts';
import { resourcesIn } from '../../local/outputs.ts';
import { localSettings } from '../../local/settings.ts';

test('nothing set: the defaults of the contract', () => {
  const settings = localSettings({});
  expect(settings).toMatchObject({
    port: 8080,
    awsPort: 4566,
    dataDir: '.local',
    treasury: { address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266' },
    due: null,
    alpaca: null,
    alpacaAccounts: [
      'a11ce000-0000-4000-8000-000000000001',
      'b0b00000-0000-4000-8000-000000000001',
    ],
    passedOn: {
      SWEEP_PASS_MS: '1000',
      WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
      GRAPHQL_INTROSPECTION: 'on',
      RATE_LIMIT_PER_SECOND: '5000',
      RATE_LIMIT_BURST: '5000',
    },
  });
  expect(settings.chains.size).toBe(0);
  expect(settings.gasKeys).toHaveLength(4);
});

const key = `0x${'1'.repeat(64)}`;
const uuid = 'f1a90000-0000-4000-8000-00000000000a';
const ownAlpaca = {
  ALPACA_BASE_URL: 'https://alpaca.example',
  ALPACA_KEY_ID: 'k',
  ALPACA_SECRET_KEY: 's',
  ALPACA_FIRM_ACCOUNT_ID: uuid.toUpperCase(),
  ALPACA_ACCOUNTS: `acme:${uuid}`,
};
test.each<[Record<string, string>, unknown]>([
  [
    { PORT: '0', AWS_PORT: '1', DATA_DIR: '/x' },
    { port: 0, awsPort: 1, dataDir: '/x' },
  ],
  [{ WEBHOOK_ALLOWED_HOSTS: '' }, { passedOn: { WEBHOOK_ALLOWED_HOSTS: '' } }],
  [{ GRAPHQL_INTROSPECTION: 'off' }, { passedOn: { GRAPHQL_INTROSPECTION: 'off' } }],
  [{ ON_RAMP_PAY_IN: 'wire' }, { passedOn: { ON_RAMP_PAY_IN: 'wire' } }],
  [{ LOG_LEVEL: 'debug' }, { passedOn: { LOG_LEVEL: 'debug' } }],
  [
    { RATE_LIMIT_PER_SECOND: '7', OIDC_ISSUER: 'https://login.example', OIDC_AUDIENCE: 'a' },
    { passedOn: { RATE_LIMIT_PER_SECOND: '7', OIDC_ISSUER: 'https://login.example' } },
  ],
  [
    { EVM_TREASURY_KEY: key, EVM_GAS_KEYS: `${key}, ${key}` },
    {
      treasury: { address: '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A', key },
      gasKeys: [key, key],
    },
  ],
  [
    { DUE_BASE_URL: 'https://due.example', DUE_API_KEY: 'k', DUE_ACCOUNT_ID: 'a' },
    {
      due: {
        baseUrl: 'https://due.example',
        apiKey: 'k',
        accountId: 'a',
        webhookPublicKey: null,
      },
    },
  ],
  [
    ownAlpaca,
    {
      alpaca: {
        baseUrl: 'https://alpaca.example',
        keyId: 'k',
        secretKey: 's',
        firmAccountId: uuid,
      },
    },
  ],
  [{ ALPACA_ACCOUNTS: `acme:${uuid}` }, { alpaca: null, alpacaAccounts: [uuid] }],
])('%j', (environment, expected) => {
  expect(localSettings(environment)).toMatchObject(expected as Record<string, unknown>);
});

test('a chain of the user replaces that of its network', () => {
  const token = `0x${'a'.repeat(40)}`;
  const { chains } = localSettings({ EVM_RPC_URL_BASE: 'http://node', EVM_TOKEN_BASE: token });
  expect([...chains]).toEqual([['base', { rpcUrl: 'http://node', token }]]);
});

test.each<[Record<string, string>, RegExp]>([
  [{ PORT: 'http' }, /PORT must be a port number/],
  [{ AWS_PORT: '65536' }, /AWS_PORT must be a port number/],
  [{ DUE_BASE_URL: 'https://due.example' }, /DUE_BASE_URL needs DUE_ACCOUNT_ID, DUE_API_KEY too/],
  [
    { ALPACA_BASE_URL: 'https://alpaca.example' },
    /needs ALPACA_KEY_ID, ALPACA_SECRET_KEY, ALPACA_FIRM_ACCOUNT_ID, ALPACA_ACCOUNTS too/,
  ],
  // The accounts that `npm start` sets by itself are those of its own simulator.
  [{ ...ownAlpaca, ALPACA_ACCOUNTS: '' }, /^ALPACA_BASE_URL needs ALPACA_ACCOUNTS too\.$/],
  [{ ...ownAlpaca, ALPACA_BASE_URL: 'alpaca' }, /ALPACA_BASE_URL must be an http\(s\) URL/],
  [{ ...ownAlpaca, ALPACA_FIRM_ACCOUNT_ID: 'firm' }, /ALPACA_FIRM_ACCOUNT_ID must be a UUID/],
  [
    { ALPACA_ACCOUNTS: 'alice' },
    /ALPACA_ACCOUNTS must be tenants and their accounts, .* not "alice"/,
  ],
  [{ ALPACA_ACCOUNTS: `a:${uuid},b:${uuid}` }, /ALPACA_ACCOUNTS must be .* each once/],
  [{ WITHDRAWAL_MAX: 'abc' }, /WITHDRAWAL_MAX must be amounts by currency, .* not "abc"/],
  [{ OIDC_TENANT_CLAIM: 'org' }, /OIDC_TENANT_CLAIM needs OIDC_ISSUER too/],
  [{ POLL_MS: '0' }, /^POLL_MS must be a whole number of milliseconds, at least 1, not "0"\.$/],
  [
    { WITHDRAWAL_MIN: 'USD:0.01,USDC:5.00', WITHDRAWAL_MAX: 'USD:0.01,USDC:4.999999' },
    /^WITHDRAWAL_MIN must be at most WITHDRAWAL_MAX, which is 4\.999999 USDC, not 5\.00: .*$/,
  ],
  [{ WITHDRAWAL_MIN: 'USD:2.00', WALLET_DAILY_LIMIT: 'USD:1.00' }, /at most WALLET_DAILY_LIMIT/],
  [{ WITHDRAWAL_MIN: 'USD:2.00', TENANT_DAILY_LIMIT: 'USD:1.00' }, /at most TENANT_DAILY_LIMIT/],
  // All that is wrong, a line each.
  [
    { PORT: 'http', LOG_LEVLE: 'debug', POLL_MS: '0' },
    /^Unknown setting LOG_LEVLE .*\nPOLL_MS must be .*\nPORT must be .*$/,
  ],
  [
    { IDEMPOTENCY_KEY_TT: '1h' },
    /^Unknown setting IDEMPOTENCY_KEY_TT in the environment.* is IDEMPOTENCY_KEY_TTL;/,
  ],
  [{ WITHDRAWL_MAX: 'USD:1.00' }, /Unknown setting WITHDRAWL_MAX .* is WITHDRAWAL_MAX;/],
  [{ EVM_RPC_URL_BSAE: 'http://node' }, /Unknown setting EVM_RPC_URL_BSAE .* is EVM_RPC_URL_BASE;/],
  ...[
    ['EVM_CHAIN_ID_POLIGON', 'EVM_CHAIN_ID_POLYGON'],
    ['EVM_MAX_FEE_GWEI_BAES', 'EVM_MAX_FEE_GWEI_BASE'],
    ['EVM_LOG_RANGE_BSAE', 'EVM_LOG_RANGE_BASE'],
    ['EVM_BATCH_BAS', 'EVM_BATCH_BASE'],
    ['EVM_PAYOUT_CONTRACT_BSAE', ''],
  ].map(([wrong = '', right]): [Record<string, string>, RegExp] => [
    { [wrong]: '1' },
    new RegExp(`Unknown setting ${wrong} .* is ${right}`),
  ]),
  [{ LOG_LEVLE: 'debug' }, /Unknown setting LOG_LEVLE .* is LOG_LEVEL;/],
  [{ ALPACA_URL: 'https://alpaca.example' }, /Unknown setting ALPACA_URL .* is ALPACA_BASE_URL;/],
])('%j is refused', (environment, message) => {
  expect(() => localSettings(environment)).toThrow(message);
});

test('what other programs, or a deployment, are told by the same environment is nothing wrong', () => {
  const others = [
    'HOST',
    'PORTS',
    'PORT_1',
    'LOGLEVEL',
    'DATADIR',
    'DUNE_API_KEY',
    'VUE_BASE_URL',
    'AWS_PROFILE',
  ]
    .concat([
      'LOG_FORMAT',
      'RATE_LIMIT',
      'WALLET_ADDRESS',
      'TENANT_ID',
      'WEBHOOK_URL',
      'OIDC_CLIENT_ID',
    ])
    .concat(['EVM_TREASURY_ADDRESS', 'EVM_RPC_URL_BASE_SECRET_ARN'])
    .concat(['DUE_API_KEY_SECRET_ARN', 'npm_config_cache', 'NODE_OPTIONS']);
  const environment = Object.fromEntries(others.map((name) => [name, 'x']));
  expect(localSettings(environment)).toEqual(localSettings({}));
});

test('docs/configuration.md shows each setting as the table has it', () => {
  const word = (value: string | number | undefined): string =>
    value === undefined || value === '' ? 'none' : `\`${value}\``;
  const rowOf = (one: Setting): string => {
    const [deployed, local] = [word(one.default), word(one.local ?? one.default)];
    const values = deployed === local ? deployed : `local ${local}, deployed ${deployed}`;
    const valid = one.check.wanted.replace(/"([^"]*)"/g, '`$1`') + (one.secret ? ' (secret)' : '');
    return `| \`${one.name}\` | ${one.otherwise ?? values} | ${one.meaning} | ${valid} | ${one.neededBy} |`;
  };
  const document = readFileSync(
    path.join(import.meta.dirname, '../../docs/configuration.md'),
    'utf8',
  );
  const [both, local, deployed] = document.split(/^## /m).slice(1);
  const shown = (text = ''): string[] => text.split('\n').filter((line) => line.startsWith('| `'));
  const expected = (only: Setting['only']): string[] =>
    settings.filter((one) => one.only === only).map(rowOf);
  expect(shown(both)).toEqual(expected(undefined));
  expect(shown(local)).toEqual(expected('local'));
  expect(shown(deployed)).toEqual(expected('deployed'));
});

test('an error about the brokerage does not show its secret', () => {
  const wrong = { ...ownAlpaca, ALPACA_SECRET_KEY: 'sesame', ALPACA_FIRM_ACCOUNT_ID: '' };
  expect(() => localSettings(wrong)).toThrow(/ALPACA_FIRM_ACCOUNT_ID/);
  expect(() => localSettings(wrong)).not.toThrow(/sesame/);
});

test('the keys of treasuries before are told to who signs, by the names of their settings', () => {
  const solana = keyText(devKey('issuer'));
  const bitcoin = '11'.repeat(32);
  const both = { BITCOIN_FORMER_TREASURY_KEYS: bitcoin, SOLANA_FORMER_TREASURY_KEYS: solana };
  expect(localSettings({}).formerTreasuryKeys).toEqual({});
  expect(localSettings(both).formerTreasuryKeys).toEqual(both);
  for (const [name, keys] of [
    ['SOLANA_FORMER_TREASURY_KEYS', `${solana},sesame`],
    ['BITCOIN_FORMER_TREASURY_KEYS', 'sesame'],
  ] as const) {
    const { railsOff } = localSettings({ [name]: keys });
    expect(JSON.stringify(railsOff)).toContain(name);
    expect(JSON.stringify(railsOff)).not.toContain('sesame');
  }
});

test('queues and tables are named by their words', () => {
  const outputs = {
    ApiUrl: 'u',
    OnRampQueueUrl: 'q',
    OnRampDeadLettersUrl: 'd',
    RelayDeadLettersUrl: 'r',
    MoneyTable: 'm',
  };
  expect(resourcesIn(outputs)).toEqual({
    queues: { 'on-ramp': 'q' },
    deadLetterQueues: { 'on-ramp': 'd', relay: 'r' },
    tables: { money: 'm' },
  });
});
