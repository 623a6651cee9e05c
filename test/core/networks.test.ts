import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { ed25519 } from '@noble/curves/ed25519';
import { base58, bech32 } from '@scure/base';
import { getAddress } from 'viem';
import type { Breaker } from '../../lambdas/core/breakers/breaker.ts';
import type { Asset } from '../../lambdas/core/kernel/money.ts';
import { type Network, networks } from '../../lambdas/core/kernel/networks.ts';
import { addressExampleOn } from '../../lambdas/core/requests/address-examples.ts';
import { checkAddress } from '../../lambdas/core/requests/addresses.ts';
import { payable } from '../../lambdas/core/requests/destination.ts';
import { makeListNetworks, validateAddress } from '../../lambdas/core/requests/networks.ts';
import { isProblem } from '../../lambdas/core/requests/problem.ts';
import { CreateWithdrawal } from '../../lambdas/core/requests/schemas.ts';
import type { Guarded } from '../../lambdas/core/switches/switches.ts';
import { testSwitches } from '../support/gates.ts';
import { at, destination } from '../support/things.ts';

const token = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const treasury = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';
type Payable = { assets: readonly Asset[]; ours: readonly string[]; outOfService?: boolean };
const configured = new Map<Network, Payable>([
  ['ethereum', { assets: ['USDC', 'ETH'], ours: [token, treasury] }],
  ['polygon', { assets: ['USDC'], ours: [token, treasury] }],
  ['bitcoin', { assets: ['BTC'], ours: [] }],
]);

const breakerOf = (name: string, is: Breaker['state']['is']): Breaker => ({
  ...{ name, version: 1 },
  state:
    is === 'CLOSED'
      ? { is, faults: 2 }
      : is === 'OPEN'
        ? { is, since: at(1), faults: 3, openings: 1, probeAt: at(2) }
        : { is, since: at(1), openings: 1, allowed: 1 },
});

async function statusesWith(off: readonly Guarded[], breakers: readonly Breaker[]) {
  const { switches, turnOff } = testSwitches();
  turnOff(...off);
  const list = makeListNetworks({
    ...{ networks: configured, switches, breakers: { read: async () => breakers } },
    finality: (network) => ({ blocks: network === 'bitcoin' ? 3 : null, ms: 13_001 }),
    node: async (network) => ({ isOurs: true, chainId: network === 'ethereum' ? 1 : null }),
  });
  return (await list()).map(({ status }) => status);
}

// biome-ignore format: columns are the point
test.each<[string, Guarded[], [string, Breaker['state']['is']][], string[]]>([
  ['all is well',                         [],              [],                              ['UP', 'UP', 'UP']],
  ['a few faults',                        [],              [['ethereum read', 'CLOSED']],   ['UP', 'UP', 'UP']],
  ['a node that cannot be read',          [],              [['ethereum read', 'OPEN']],     ['DOWN', 'UP', 'UP']],
  ['a node that takes nothing',           [],              [['polygon send', 'OPEN']],      ['UP', 'DOWN', 'UP']],
  ['a node that is being tried out',      [],              [['bitcoin read', 'HALF_OPEN']], ['UP', 'UP', 'DEGRADED']],
  ['an on-ramp that does not quote',      [],              [['on-ramp quote', 'OPEN']],     ['DEGRADED', 'DEGRADED', 'UP']],
  ['an on-ramp that does not convert',    [],              [['on-ramp transfer', 'HALF_OPEN']], ['DEGRADED', 'DEGRADED', 'UP']],
  ['an on-ramp that cannot be read',      [],              [['on-ramp read', 'OPEN']],      ['UP', 'UP', 'UP']],
  ['no conversions',                      ['on-ramp'],     [],                              ['DEGRADED', 'DEGRADED', 'UP']],
  ['nothing is accepted',                 ['accept'],      [],                              ['DOWN', 'DOWN', 'DOWN']],
  ['nothing is debited',                  ['debit'],       [],                              ['DOWN', 'DOWN', 'DOWN']],
  ['nothing is signed',                   ['sign'],        [],                              ['DOWN', 'DOWN', 'DOWN']],
  ['nothing is sent',                     ['broadcast'],   [],                              ['DOWN', 'DOWN', 'DOWN']],
  ['nobody is told',                      ['webhook'],     [],                              ['UP', 'UP', 'UP']],
])('%s', async (_what, off, breakers, statuses) => {
  const read = breakers.map(([name, is]) => breakerOf(name, is));
  expect(await statusesWith(off, read)).toEqual(statuses);
});

test('a network whose node is another’s, or whose settings are wrong, is down, and no other is', async () => {
  const { switches } = testSwitches();
  const list = makeListNetworks({
    networks: new Map<Network, Payable>([
      ...configured,
      ['base', { assets: ['USDC'], ours: [], outOfService: true }],
    ]),
    ...{ switches, breakers: { read: async () => [] }, finality: () => ({ blocks: null, ms: 1 }) },
    node: async (network) => ({ isOurs: network !== 'bitcoin', chainId: null }),
  });
  const statuses = (await list()).map(({ network, status }) => [network, status]);
  expect(Object.fromEntries(statuses)).toEqual({
    ...{ ethereum: 'UP', polygon: 'UP', bitcoin: 'DOWN', base: 'DOWN' },
  });
});

test('a network is listed with what can be paid there, and how long it takes', async () => {
  const { switches } = testSwitches();
  const list = makeListNetworks({
    ...{ networks: configured, switches, breakers: { read: async () => [] } },
    finality: (network) => ({ blocks: network === 'bitcoin' ? 3 : null, ms: 13_001 }),
    node: async (network) => ({ isOurs: true, chainId: network === 'ethereum' ? 1 : null }),
  });
  const [ethereum, polygon, bitcoin] = await list();
  expect(ethereum).toMatchObject({
    ...{ network: 'ethereum', assets: ['USDC', 'ETH'], chainId: 1 },
    finality: { typicalSeconds: 14 },
  });
  expect(polygon).not.toHaveProperty('chainId');
  expect(bitcoin).toMatchObject({ assets: ['BTC'], finality: { blocks: 3, typicalSeconds: 14 } });
});

/** Nobody can know a key to what is a hash of words. */
test('the examples of addresses are made of a hash, and each network takes its own', () => {
  const hash = createHash('sha256').update('drawbridge: nobody has a key to this').digest();
  const made = {
    evm: getAddress(`0x${hash.subarray(0, 20).toString('hex')}`),
    solana: base58.encode(hash),
    bitcoin: bech32.encode('bc', [0, ...bech32.toWords(hash.subarray(0, 20))]),
  };
  expect(() => ed25519.ExtendedPoint.fromHex(hash.toString('hex'))).not.toThrow();
  expect(networks.map((network) => addressExampleOn(network, []))).toEqual([
    ...Array(4).fill(made.evm),
    made.solana,
    made.bitcoin,
  ]);
  for (const network of networks)
    expect(checkAddress(network, addressExampleOn(network, []))).toHaveProperty('address');
});

const bitcoin = 'bc1qj3qhxg39dcj66quzzlluctc6d0j7wvwxng2a0u';
const solana = 'AyjDxMKxJEqKTzmpphGMjXN8CZLsXrqggQE1GGsDVfea';

// biome-ignore format: columns are the point
test.each<[string, string, string | false | 'NETWORK_NOT_SUPPORTED']>([
  ['ethereum', destination,                 destination],
  ['ethereum', destination.toLowerCase(),   destination],
  ['ethereum', destination.replace('5a', '5A'), false],
  ['ethereum', token,                       false],
  ['ethereum', treasury.toLowerCase(),      false],
  ['ethereum', `0x${'0'.repeat(40)}`,       false],
  ['ethereum', ` ${destination}`,           false],
  ['ethereum', destination.replace('0x', '0х'), false],
  ['ethereum', '',                          false],
  ['ethereum', 'x'.repeat(5_000),           false],
  ['ethereum', bitcoin,                     false],
  ['bitcoin',  bitcoin,                     bitcoin],
  ['bitcoin',  bitcoin.toUpperCase(),       bitcoin],
  ['bitcoin',  destination,                 false],
  ['base',     destination,                 'NETWORK_NOT_SUPPORTED'],
  ['solana',   solana,                      'NETWORK_NOT_SUPPORTED'],
  ['tron',     'TJRabPrwbZy45sbavfcjinPJC18kjpRTv8', 'NETWORK_NOT_SUPPORTED'],
  ['constructor', destination,              'NETWORK_NOT_SUPPORTED'],
])('on %s %s is validated as a withdrawal would be', (network, address, expected) => {
  const answer = validateAddress(configured, { network, address });
  if (isProblem(answer)) expect(answer.problem).toBe(expected);
  else if (answer.valid) expect(answer.canonical).toBe(expected);
  else expect([expected, answer.reason]).toEqual([false, expect.stringMatching(/\.$/)]);

  const request = CreateWithdrawal.safeParse({
    ...{ walletId: 'wal_1', amount: '1.00', network, destinationAddress: address },
    asset: network === 'bitcoin' ? 'BTC' : 'USDC',
  });
  if (!request.success) return;
  const place = payable(configured, request.data);
  const accepted = !isProblem(place);
  expect(accepted).toBe(typeof expected === 'string' && expected !== 'NETWORK_NOT_SUPPORTED');
  if (accepted) expect(place.destination).toBe(expected);
});
