/** A wrong setting of one rail never touches the others: on one machine, and in functions that read it when they start. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { explorers, payableRoutes, whatIsPayable } from '../../lambdas/boot/networks.ts';
import { bitcoinConfig } from '../../lambdas/boot/nodes-bitcoin.ts';
import { evmConfig } from '../../lambdas/boot/nodes-evm.ts';
import { solanaConfig } from '../../lambdas/boot/nodes-solana.ts';
import { usualFinality } from '../../lambdas/boot/quotes.ts';
import {
  evmNetworks,
  isEvmNetwork,
  type Network,
  networkSettings,
  networks,
} from '../../lambdas/core/kernel/networks.ts';
import { payable } from '../../lambdas/core/requests/destination.ts';
import { validateAddress } from '../../lambdas/core/requests/networks.ts';
import { CreateWithdrawal } from '../../lambdas/core/requests/schemas.ts';
import { settingsOf } from '../../lib/setting-names.ts';
import { localSettings } from '../../local/settings.ts';
import { destination } from '../support/things.ts';

const wrong = 'sesame %';

/** The networks that a setting is about, by its name; `null`: it is about no rail. */
function railOf(name: string): readonly Network[] | null {
  if (name.startsWith('BITCOIN_')) return ['bitcoin'];
  if (name.startsWith('SOLANA_')) return ['solana'];
  if (!name.startsWith('EVM_')) return null;
  const one = evmNetworks.filter((network) => name.endsWith(`_${network.toUpperCase()}`));
  return one.length > 0 ? one : evmNetworks;
}

const ofRails = (side: 'local' | 'deployed') =>
  settingsOf(side).flatMap(({ name, neededBy }) => {
    const about = railOf(name);
    return about === null ? [] : [[name, about, neededBy] as const];
  });

test('there are settings of every rail on both sides', () => {
  for (const side of ['local', 'deployed'] as const)
    expect(new Set(ofRails(side).flatMap(([, about]) => about))).toEqual(new Set(networks));
});

test.each(ofRails('local'))('%s, malformed, stops %j and nothing else', (name, about) => {
  const { railsOff, ...settings } = localSettings({ [name]: wrong });
  expect(Object.keys(railsOff).toSorted()).toEqual([...about].toSorted());
  for (const why of Object.values(railsOff)) {
    expect(why).toContain(name);
    expect(why).not.toContain('sesame');
  }
  // What is started in its place is what is started when nothing is set.
  const { railsOff: _, ...plain } = localSettings({});
  expect(settings).toEqual(plain);
});

const zeros = `0x${'0'.repeat(64)}`;
// biome-ignore format: a table
test.each<[Record<string, string>, readonly Network[]]>([
  [{ EVM_TREASURY_KEY: zeros },                                  evmNetworks],
  [{ EVM_GAS_KEYS: zeros },                                      evmNetworks],
  [{ EVM_FORMER_TREASURY_KEYS: zeros },                          evmNetworks],
  [{ EVM_RPC_URL_BASE: 'http://node' },                          ['base']],
  [{ EVM_TOKEN_BASE: `0x${'a'.repeat(40)}` },                    ['base']],
  [{ BITCOIN_TREASURY_KEY: '0'.repeat(64) },                     ['bitcoin']],
  [{ BITCOIN_NETWORK: 'main' },                                  ['bitcoin']],
  [{ SOLANA_RPC_URL: 'http://node' },                            ['solana']],
  [{ BITCOIN_TREASURY_KEY: 'bad', SOLANA_RPC_URL: 'bad' },       ['bitcoin', 'solana']],
])('%j stops %j and nothing else', (environment, about) => {
  expect(Object.keys(localSettings(environment).railsOff).toSorted()).toEqual([...about].toSorted());
});

test('what is wrong with the whole product stops it, whatever is wrong with a rail', () => {
  expect(() => localSettings({ BITCOIN_TREASURY_KEY: wrong, PORT: 'http' })).toThrow(
    /^PORT must be/,
  );
});

const deployed: Record<string, string> = {
  ...Object.fromEntries(
    evmNetworks.flatMap((network) => [
      [`EVM_TOKEN_${network.toUpperCase()}`, networkSettings[network].usdc],
      [`EVM_RPC_URL_${network.toUpperCase()}`, `https://${network}.example`],
    ]),
  ),
  EVM_TREASURY_ADDRESS: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
  SOLANA_TREASURY_ADDRESS: 'AyjDxMKxJEqKTzmpphGMjXN8CZLsXrqggQE1GGsDVfea',
  SOLANA_USDC_MINT: networkSettings.solana.usdc,
  SOLANA_RPC_URL: 'https://solana.example',
  BITCOIN_TREASURY_ADDRESS: 'bc1qj3qhxg39dcj66quzzlluctc6d0j7wvwxng2a0u',
  BITCOIN_RPC_URL: 'https://bitcoin.example',
};
const before = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, deployed);
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

const pass = (_: unknown, request: () => unknown) => request();
const configOf = (network: Network): Promise<unknown> =>
  isEvmNetwork(network)
    ? evmConfig(network)
    : network === 'solana'
      ? solanaConfig()
      : bitcoinConfig({ pass } as never);

const outOf = (): Network[] =>
  [...whatIsPayable()].flatMap(([network, { outOfService }]) => (outOfService ? [network] : []));
const unusable = async (): Promise<Network[]> => {
  const asked = networks.map(async (network) => {
    const said = await configOf(network).catch((error: Error) => error.name);
    return said === 'SettingError' ? [network] : [];
  });
  return (await Promise.all(asked)).flat();
};

test('with all that is right nothing is out of service', async () => {
  expect([outOf(), await unusable()]).toEqual([[], []]);
});

const told = ofRails('deployed').filter(([, , by]) => by === 'all' || by === 'chain');
test.each(told.filter(([name]) => !name.includes('SECRET_ARN')))(
  '%s, malformed when a function starts, stops %j there and nothing else',
  async (name, about, neededBy) => {
    process.env[name] = wrong;
    expect(payableRoutes().map(({ network }) => network)).toEqual(
      expect.arrayContaining([...networks]),
    );
    for (const network of networks) expect(usualFinality(network).ms).toBeGreaterThan(0);
    expect([...explorers().keys()]).toEqual(
      expect.arrayContaining(networks.filter((network) => !about.includes(network))),
    );
    // What only those need who talk to the chain is seen when it is talked to.
    expect(outOf()).toEqual(neededBy === 'all' ? about : []);
    // Where ether is paid is nothing that a node is asked with.
    expect(await unusable()).toEqual(name === 'EVM_ETHER' ? [] : about);
  },
);

test('what `npm start` has found wrong is out of service in every function, by a word for clients', () => {
  process.env['RAILS_OFF'] = JSON.stringify({
    ethereum: 'EVM_TREASURY_KEY must be a private key.',
  });
  expect(outOf()).toEqual(['ethereum']);
  const request = CreateWithdrawal.parse({
    ...{ walletId: 'wal_1', amount: '1.00', network: 'ethereum', destinationAddress: destination },
    asset: 'USDC',
  });
  expect(payable(whatIsPayable(), request)).toMatchObject({ problem: 'TEMPORARILY_UNAVAILABLE' });
  expect(payable(whatIsPayable(), { ...request, network: 'base' })).toMatchObject({ destination });
  process.env['RAILS_OFF'] = JSON.stringify({ bitcoin: 'BITCOIN_TREASURY_KEY must be a key.' });
  const regtest = 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080';
  const bitcoin = { ...request, asset: 'BTC', network: 'bitcoin', destinationAddress: regtest };
  expect(payable(whatIsPayable(), bitcoin)).toMatchObject({ problem: 'TEMPORARILY_UNAVAILABLE' });
  process.env['RAILS_OFF'] = JSON.stringify({
    ethereum: 'EVM_TREASURY_KEY must be a private key.',
  });
  expect(
    validateAddress(whatIsPayable(), { network: 'ethereum', address: destination }),
  ).toMatchObject({ problem: 'TEMPORARILY_UNAVAILABLE' });
});

test('the payout contract of a network is no destination there', () => {
  process.env['EVM_PAYOUT_CONTRACT_BASE'] = destination.toLowerCase();
  const on = (network: string) =>
    validateAddress(whatIsPayable(), { network, address: destination });
  expect(on('base')).toMatchObject({ valid: false, reason: expect.stringContaining('of ours') });
  expect(on('ethereum')).toMatchObject({ valid: true });
});
