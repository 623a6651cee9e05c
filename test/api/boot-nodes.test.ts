/** The URL of a node is a secret: a deployed function reads it from Secrets Manager, once, and never tells it. */
import { afterAll, beforeEach, expect, jest, test } from '@jest/globals';
import { json, type Said, startProvider } from '../support/provider.ts';
import { shared } from '../support/shared.ts';

const vault = shared(startProvider);
const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:rpc-base-AbCdEf';
const key = 'k3yK3yK3yK3yK3y';
const url = `https://base.example/v2/${key}`;
const environment = process.env;
afterAll(() => {
  process.env = environment;
});
beforeEach(() => {
  jest.resetModules();
  process.env = {
    ...environment,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: vault.baseUrl,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
    EVM_TOKEN_BASE: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    EVM_TREASURY_ADDRESS: '0x0000000000000000000000000000000000000001',
    EVM_RPC_URL_BASE_SECRET_ARN: arn,
  };
  vault.asked.splice(0);
});
const holds = (SecretString: string): Said => json(200, { ARN: arn, SecretString });
const boot = async () => ({
  ...(await import('../../lambdas/boot/nodes.ts')),
  ...(await import('../../lambdas/boot/nodes-evm.ts')),
  ...(await import('../../lambdas/boot/environment.ts')),
});

test('it is read when it is needed, once, and every log is without it from then on', async () => {
  vault.answer(() => holds(`${url}\n`));
  const { evmConfig, nodeProbes, redact } = await boot();
  expect(Object.keys(nodeProbes())).toHaveLength(2);
  expect(vault.asked).toEqual([]);
  const [config] = await Promise.all([evmConfig('base'), evmConfig('base')]);
  expect(config.rpcUrl).toBe(url);
  await evmConfig('base');
  expect(vault.asked.map(({ body }) => JSON.parse(body))).toEqual([{ SecretId: arn }]);
  expect(redact(`Cannot POST /v2/${key}`)).toBe('Cannot POST /v2/…');
});

test('locally the environment has it', async () => {
  Object.assign(process.env, { EVM_RPC_URL_BASE: 'http://127.0.0.1:8545' });
  const { evmConfig } = await boot();
  expect((await evmConfig('base')).rpcUrl).toBe('http://127.0.0.1:8545');
  expect(vault.asked).toEqual([]);
});

test('a vault that does not answer is asked again the next time', async () => {
  vault.answer(() => json(400, { __type: 'ThrottlingException' }));
  const { evmConfig, nodeProbes } = await boot();
  await expect(evmConfig('base')).rejects.toMatchObject({ name: 'ThrottlingException' });
  const [probe] = Object.values(nodeProbes());
  await expect(probe?.()).rejects.toMatchObject({ name: 'ThrottlingException' });
  vault.answer(() => holds(url));
  expect((await evmConfig('base')).rpcUrl).toBe(url);
});

test.each([
  ['', `The secret of EVM_RPC_URL_BASE is empty: put its value into ${arn}.`],
  [`base.example/v2/${key}`, 'EVM_RPC_URL_BASE must be an http(s) URL.'],
])(
  'a secret that holds "%s" is an error that says what is missing, and not what is there',
  async (value, message) => {
    vault.answer(() => holds(value));
    const { evmConfig } = await boot();
    await expect(evmConfig('base')).rejects.toThrow(message);
    await expect(evmConfig('base')).rejects.not.toThrow(key);
  },
);

test('the treasury and the contract are known while the vault keeps the URL of the node', async () => {
  const contract = '0x00000000000000000000000000000000000000AA';
  Object.assign(process.env, { EVM_PAYOUT_CONTRACT_BASE: contract });
  vault.answer(() => json(400, { __type: 'ThrottlingException' }));
  const { evmMoneys } = await import('../../lambdas/boot/rails-evm.ts');
  const gates = { pass: <T>(_: string, work: () => Promise<T>): Promise<T> => work() };
  const money = evmMoneys(gates, { nextNumber: async () => null });
  const { treasury, payoutContract, balance } = await money({ network: 'base', asset: 'USDC' });
  expect([treasury, payoutContract]).toEqual([process.env['EVM_TREASURY_ADDRESS'], contract]);
  await expect(balance()).rejects.toMatchObject({ name: 'ThrottlingException' });
});
