/**
 * Signs with a private key in this process: all keys on one machine, and deployed gas keys that are secrets. The treasury's
 * key never leaves KMS there (adapters/evm/signer-kms.ts).
 */
import { parseSignature } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { Hex } from '../../core/rails/evm/hex.ts';
import type { DigestSigner } from './signer.ts';

export function localSigner(privateKey: Hex): DigestSigner {
  const account = privateKeyToAccount(privateKey);
  return {
    address: account.address,
    sign: async (digest) => {
      const { r, s, yParity } = parseSignature(await account.sign({ hash: digest }));
      return { r, s, yParity: yParity === 1 ? 1 : 0 };
    },
  };
}
