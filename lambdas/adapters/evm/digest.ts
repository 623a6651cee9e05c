/**
 * What a treasury signs, as EIP-712 digests of EIP-3009's two types. Only the words of the fields change from one payout to the
 * next: what is the same in all of them is a constant here, or comes with the chain.
 */
import { type Hex, isAddress, keccak256 } from 'viem';
import type { Authorization } from '../../core/rails/evm/attempt.ts';

/** The hashes of the types, as Circle's EIP3009.sol has them, too. */
const transferType = '7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267';
const cancellationType = '158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429';

/** The digest under this domain. Throws on what the type cannot hold, and on an address with a wrong checksum. */
export function digestOf(domainSeparator: Hex, authorization: Authorization): Hex {
  const { from, to, value, validBefore, nonce, ends } = authorization;
  const struct = ends
    ? cancellationType + addressWord(from) + bytes32(nonce)
    : transferType +
      addressWord(from) +
      addressWord(to) +
      uint256(value) +
      uint256(0n) +
      uint256(BigInt(validBefore)) +
      bytes32(nonce);
  const hash = keccak256(`0x${struct}`);
  return keccak256(`0x1901${bytes32(domainSeparator)}${hash.slice(2)}`);
}

const wordDigits = 64;

function addressWord(address: Hex): string {
  if (!isAddress(address)) throw new Error(`${address} is no EVM address`);
  return address.slice(2).toLowerCase().padStart(wordDigits, '0');
}

function uint256(value: bigint): string {
  const digits = value.toString(16);
  if (value < 0n || digits.length > wordDigits) throw new Error(`${value} is no uint256`);
  return digits.padStart(wordDigits, '0');
}

function bytes32(word: Hex): string {
  if (!/^0x[\da-f]{64}$/i.test(word)) throw new Error(`${word} is no word of 32 bytes`);
  return word.slice(2);
}
