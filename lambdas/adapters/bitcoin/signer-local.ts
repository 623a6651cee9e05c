/** Signs with a private key that is held in memory: on one machine, and in tests. */

import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1';
import { createBase58check } from '@scure/base';
import { fromHex } from '../../core/rails/bitcoin/address.ts';
import type { DigestKey } from './signer.ts';

const base58check = createBase58check(
  (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
);
const keyBytes = 32;
/** The version bytes of private keys on the main and on test networks (https://en.bitcoin.it/wiki/Wallet_import_format). */
const versions: readonly number[] = [0x80, 0xef];
/** What stands behind the key of whoever uses compressed public keys, which segwit demands (BIP-143). */
const compressed = 0x01;

/** The key in 64 hexadecimal digits, or in the wallet import format; `null`: it is neither. It is never in an error. */
export function privateKeyIn(text: string): Uint8Array | null {
  const digits = /^(?:0x)?([\da-f]{64})$/i.exec(text)?.[1];
  const key = digits === undefined ? keyInWif(text) : fromHex(digits);
  return key !== null && secp256k1.utils.isValidPrivateKey(key) ? key : null;
}

function keyInWif(text: string): Uint8Array | null {
  try {
    const [version = -1, ...rest] = base58check.decode(text);
    const isKey = rest.length === keyBytes + 1 && rest[keyBytes] === compressed;
    return versions.includes(version) && isKey ? Uint8Array.from(rest.slice(0, keyBytes)) : null;
  } catch {
    return null; // The checksum is wrong: the library says so by throwing.
  }
}

export const localKey = (privateKey: Uint8Array): DigestKey => ({
  publicKey: secp256k1.getPublicKey(privateKey, true),
  sign: async (digest) =>
    secp256k1.sign(digest, privateKey, { lowS: true, prehash: false }).toDERRawBytes(),
});
