/** Signs with a key that never leaves AWS KMS (key spec ECC_SECG_P256K1). */
import type { KMSClient } from '@aws-sdk/client-kms';
import { secp256k1 } from '@noble/curves/secp256k1';
import { lowSignatureBy, pointOf } from '../aws/kms.ts';
import type { DigestKey } from './signer.ts';

/** The compressed public key. Throws when KMS gives none. */
export const kmsPublicKey = async (client: KMSClient, keyId: string): Promise<Uint8Array> =>
  secp256k1.ProjectivePoint.fromHex(await pointOf(client, keyId)).toRawBytes(true);

/** One KMS key. What it signs is verified before it is used. */
export async function kmsKey(client: KMSClient, keyId: string): Promise<DigestKey> {
  const publicKey = await kmsPublicKey(client, keyId);
  return {
    publicKey,
    sign: async (digest) => {
      const signature = await lowSignatureBy(client, keyId, digest);
      if (!secp256k1.verify(signature, digest, publicKey, { prehash: false }))
        throw new Error(`KMS gave a signature of another key than ${keyId}`);
      return signature.toDERRawBytes();
    },
  };
}
