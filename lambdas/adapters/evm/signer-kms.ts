/** Signs with a key that never leaves AWS KMS (key spec ECC_SECG_P256K1). It tells no parity of y: both are tried. */
import { KMSClient } from '@aws-sdk/client-kms';
import { bytesToHex, hexToBytes, numberToHex, recoverAddress } from 'viem';
import { publicKeyToAddress } from 'viem/accounts';
import type { Address } from '../../core/rails/evm/hex.ts';
import { lowSignatureBy, pointOf } from '../aws/kms.ts';
import type { DigestSigner } from './signer.ts';

/** The address of one KMS key. Throws when KMS gives no public key. */
export const kmsAddress = async (client: KMSClient, keyId: string): Promise<Address> =>
  publicKeyToAddress(bytesToHex(await pointOf(client, keyId)));

/** The signer of one KMS key. Reads its public key once; throws when KMS gives none. */
export async function kmsSigner(client: KMSClient, keyId: string): Promise<DigestSigner> {
  const address = await kmsAddress(client, keyId);
  return {
    address,
    sign: async (digest) => {
      const { r, s } = await lowSignatureBy(client, keyId, hexToBytes(digest));
      const rs = { r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }) };
      for (const yParity of [0, 1] as const) {
        const signer = await recoverAddress({ hash: digest, signature: { ...rs, yParity } });
        if (signer === address) return { ...rs, yParity };
      }
      throw new Error(`KMS signed with another key than ${address}`);
    },
  };
}

export const kmsClient = (): KMSClient => new KMSClient({});
