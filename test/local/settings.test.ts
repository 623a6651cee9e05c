import { expect, test } from '@jest/globals';
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
    alpacaAccounts:
      'alice:a11ce000-0000-4000-8000-000000000001,bob:b0b00000-0000-4000-8000-000000000001',
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
    { RATE_LIMIT_PER_SECOND: '7', OIDC_ISSUER: 'https://login.example' },
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
  [{ ALPACA_ACCOUNTS: `acme:${uuid}` }, { alpaca: null, alpacaAccounts: `acme:${uuid}` }],
])('%j', (environment, expected) => {
  expect(localSettings(environment)).toMatchObject(expected as Record<string, unknown>);
});

test('a chain of the user replaces that of its network', () => {
  const token = `0x${'a'.repeat(40)}`;
  const { chains } = localSettings({ EVM_RPC_URL_BASE: 'http://node', EVM_TOKEN_BASE: token });
  expect([...chains]).toEqual([['base', { rpcUrl: 'http://node', token }]]);
});

test.each<[Record<string, string>, RegExp]>([
  [{ PORT: 'http' }, /PORT is a port number/],
  [{ AWS_PORT: '65536' }, /AWS_PORT is a port number/],
  [{ EVM_RPC_URL_BASE: 'http://node' }, /Set EVM_TOKEN_BASE/],
  [{ EVM_TOKEN_BASE: `0x${'a'.repeat(40)}` }, /Set EVM_RPC_URL_BASE/],
  [{ EVM_TREASURY_KEY: 'secret' }, /EVM_TREASURY_KEY holds something that is no private key/],
  [{ EVM_GAS_KEYS: `${key},x` }, /EVM_GAS_KEYS holds something/],
  [{ DUE_BASE_URL: 'https://due.example' }, /set DUE_API_KEY and DUE_ACCOUNT_ID/],
  [{ ALPACA_BASE_URL: 'https://alpaca.example' }, /set ALPACA_KEY_ID, ALPACA_SECRET_KEY/],
  [{ ...ownAlpaca, ALPACA_BASE_URL: 'alpaca' }, /With ALPACA_BASE_URL \(a URL\)/],
  [{ ...ownAlpaca, ALPACA_FIRM_ACCOUNT_ID: 'firm' }, /ALPACA_FIRM_ACCOUNT_ID \(a UUID\)/],
  [{ ALPACA_ACCOUNTS: 'alice' }, /ALPACA_ACCOUNTS is a list such as .* "alice" is not of/],
  [{ ALPACA_ACCOUNTS: `a:${uuid},b:${uuid}` }, /ALPACA_ACCOUNTS is a list in which .* twice/],
])('%j is refused', (environment, message) => {
  expect(() => localSettings(environment)).toThrow(message);
});

test('an error about the brokerage does not show its secret', () => {
  const wrong = { ...ownAlpaca, ALPACA_SECRET_KEY: 'sesame', ALPACA_FIRM_ACCOUNT_ID: '' };
  expect(() => localSettings(wrong)).toThrow(/ALPACA_FIRM_ACCOUNT_ID/);
  expect(() => localSettings(wrong)).not.toThrow(/sesame/);
});

test('an error about a private key does not show it', () => {
  expect(() => localSettings({ EVM_TREASURY_KEY: 'sesame' })).not.toThrow(/sesame/);
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
