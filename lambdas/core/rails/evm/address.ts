/** Destination addresses on EVM chains. */
import { getAddress, isAddress } from 'viem';
import type { Address as AnyAddress, CheckedAddress } from '../../kernel/networks.ts';
import type { Address } from './hex.ts';

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

/** The same of one that may be paid to. `ours`: the token's contract and our treasury. */
export function evmDestination(text: string, ours: readonly AnyAddress[]): CheckedAddress {
  const checked = evmAddress(text);
  if ('wrong' in checked) return checked;
  const why = denied(checked.address, ours);
  return why === null ? checked : { wrong: why };
}

/** Why nothing may be paid to this address, if so. */
export function denied(address: Address, ours: readonly AnyAddress[]): string | null {
  if (address === zeroAddress) return 'The zero address belongs to nobody.';
  if (BigInt(address) <= 0xffffn) return 'This address is reserved for precompiled contracts.';
  const own = ours.some((one) => one.toLowerCase() === address.toLowerCase());
  return own ? 'This is an address of ours or of the token itself, not of a customer.' : null;
}
