/**
 * Signs with a key that never leaves AWS KMS (key spec ECC_SECG_P256K1). KMS answers in DER, often with a high s, which nodes do not
 * relay (BIP-146): the low one is taken.
 */
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { secp256k1 } from '@noble/curves/secp256k1';
import type { DigestKey } from './signer.ts';

/** KMS returns a SubjectPublicKeyInfo (RFC 5480), which ends with the uncompressed point. */
const pointBytes = 65;

/** The compressed public key. Throws when KMS gives none. */
export async function kmsPublicKey(client: KMSClient, keyId: string): Promise<Uint8Array> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  if (PublicKey === undefined) throw new Error(`KMS gave no public key of ${keyId}`);
  return secp256k1.ProjectivePoint.fromHex(PublicKey.slice(-pointBytes)).toRawBytes(true);
}

/** One KMS key. What it signs is verified before it is used. */
export async function kmsKey(client: KMSClient, keyId: string): Promise<DigestKey> {
  const publicKey = await kmsPublicKey(client, keyId);
  return {
    publicKey,
    sign: async (digest) => {
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyId,
          Message: digest,
          // With RAW, KMS would hash the digest again.
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
      if (Signature === undefined) throw new Error(`KMS gave no signature of ${keyId}`);
      const signature = secp256k1.Signature.fromDER(Signature).normalizeS();
      if (!secp256k1.verify(signature, digest, publicKey, { prehash: false }))
        throw new Error(`KMS gave a signature of another key than ${keyId}`);
      return signature.toDERRawBytes();
    },
  };
}
