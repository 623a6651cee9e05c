/**
 * Signs with a private key in this process: all keys on one machine, and deployed gas keys that are secrets. The treasury's
 * key never leaves KMS there (adapters/evm/signer-kms.ts).
 */
import { secp256k1 } from '@noble/curves/secp256k1';
import { bytesToHex, hexToBytes, numberToHex } from 'viem';
import { publicKeyToAddress } from 'viem/accounts';
import type { Hex } from '../../core/rails/evm/hex.ts';
import type { DigestSigner } from './signer.ts';

/** Throws when the number is no private key. */
export function localSigner(privateKey: Hex): DigestSigner {
  const key = hexToBytes(privateKey);
  return {
    address: publicKeyToAddress(bytesToHex(secp256k1.getPublicKey(key, false))),
    sign: async (digest) => {
      const { r, s, recovery } = secp256k1.sign(hexToBytes(digest), key, { lowS: true });
      const yParity = recovery === 1 ? 1 : 0;
      return { r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }), yParity };
    },
  };
}
