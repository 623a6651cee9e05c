/** Hexadecimal digits, as EVM chains write addresses, hashes and bytes. */
import type { Address as AnyAddress } from '../../kernel/networks.ts';

export type Hex = `0x${string}`;
/** An EVM address: with its EIP-55 checksum, or in small letters where a comment says so. */
export type Address = Hex;

/** An address of a withdrawal on an EVM network. Throws on one of another kind of chain: that is a defect. */
export function evmOnly(address: AnyAddress): Address {
  if (!/^0x[\da-fA-F]{40}$/.test(address)) throw new Error(`${address} is no EVM address`);
  return address as Address;
}
