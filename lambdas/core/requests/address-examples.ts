/**
 * Addresses that show what one looks like. Nobody has a key to any of them, for each is made of a hash of the same words: the
 * SHA-256 of `drawbridge: nobody has a key to this`, or its first 20 bytes (test/core/networks.test.ts makes them again).
 */
import { type Address, type ChainKind, kindOf, type Network } from '../kernel/networks.ts';
import { checkAddress } from './addresses.ts';

/** Bitcoin's test networks have their own. */
const examples: Record<ChainKind, readonly Address[]> = {
  evm: ['0x94417322256E25ad038217FFCC2F1a6BE5e731c6'],
  solana: ['AyjDxMKxJEqKTzmpphGMjXN8CZLsXrqggQE1GGsDVfea'],
  bitcoin: [
    'bc1qj3qhxg39dcj66quzzlluctc6d0j7wvwxng2a0u',
    'tb1qj3qhxg39dcj66quzzlluctc6d0j7wvwxew3w50',
    'bcrt1qj3qhxg39dcj66quzzlluctc6d0j7wvwxm8grrx',
  ],
};

/** The one that this network takes. */
export function addressExampleOn(network: Network, ours: readonly Address[]): Address {
  const found = examples[kindOf(network)].find((one) => {
    const checked = checkAddress(network, one, ours);
    return checked !== null && 'address' in checked;
  });
  if (found === undefined) throw new Error(`no example of an address on ${network}`);
  return found;
}
