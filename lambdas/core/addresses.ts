/** Destination addresses by the rules of their chain (contract, section 5). */
import { getAddress, isAddress } from 'viem';
import { bitcoinAddress } from './bitcoin-address.ts';
import { solanaAddress } from './solana-address.ts';
import type { Address, Network } from './withdrawal.ts';

/** The address as it is kept, or why it is none that can be paid to. */
export type CheckedAddress = { address: string } | { wrong: string };

const rules: Record<Network | 'solana' | 'bitcoin', (text: string) => CheckedAddress> = {
  ethereum: evmCustomer,
  base: evmCustomer,
  polygon: evmCustomer,
  arbitrum: evmCustomer,
  solana: solanaAddress,
  bitcoin: bitcoinAddress,
};
const ruleOf = new Map(Object.entries(rules));

const visibleAscii = /^[\x21-\x7e]+$/;

/**
 * An address by the rules of its network, in the form in which it is kept; `null` when we know no rules of this network.
 * Nothing is trimmed or normalised: letters that only look alike are another address. Which addresses are our own is for
 * `denied` to say.
 */
export function checkAddress(network: string, text: string): CheckedAddress | null {
  const rule = ruleOf.get(network);
  if (rule === undefined) return null;
  return visibleAscii.test(text)
    ? rule(text)
    : { wrong: 'An address is written in ASCII letters and digits, without spaces.' };
}

function evmCustomer(text: string): CheckedAddress {
  const checked = evmAddress(text);
  if ('wrong' in checked) return checked;
  const why = denied(checked.address, []);
  return why === null ? checked : { wrong: why };
}

const evmPattern = /^0x[0-9a-fA-F]{40}$/;

/**
 * An EVM address in its EIP-55 form, or why it is none. All-lower and all-upper case carry no checksum and are taken
 * as they are; mixed case must satisfy it. The pattern is ASCII, so nothing is ever normalised.
 */
export function evmAddress(text: string): { address: Address } | { wrong: string } {
  if (!evmPattern.test(text)) return { wrong: 'An EVM address is 0x and 40 hexadecimal digits.' };
  const digits = text.slice(2);
  const plain = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  const lower = `0x${digits.toLowerCase()}` as const;
  if (!plain && !isAddress(text, { strict: true }))
    return { wrong: 'The capital letters of this address do not match its EIP-55 checksum.' };
  return { address: getAddress(lower) };
}

const zeroAddress = '0x0000000000000000000000000000000000000000';

/** Why nothing may be paid to this address, if so. `ours`: the token's contract and our treasury. */
export function denied(address: Address, ours: readonly Address[]): string | null {
  if (address === zeroAddress) return 'The zero address belongs to nobody.';
  if (BigInt(address) <= 0xffffn) return 'This address is reserved for precompiled contracts.';
  const own = ours.some((one) => one.toLowerCase() === address.toLowerCase());
  return own ? 'This is an address of ours or of the token itself, not of a customer.' : null;
}
