/** Signs with a key that never leaves AWS KMS (key spec ECC_NIST_EDWARDS25519). */
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { base58 } from '@scure/base';
import type { MessageSigner } from './signer.ts';

/** KMS returns a SubjectPublicKeyInfo (RFC 8410), which ends with the key itself. */
const keyBytes = 32;

/** The address of one KMS key. Throws when KMS gives no public key. */
export async function kmsAddress(client: KMSClient, keyId: string): Promise<string> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  if (PublicKey === undefined) throw new Error(`KMS gave no public key of ${keyId}`);
  return base58.encode(PublicKey.slice(-keyBytes));
}

/** Reads the public key once. */
export async function kmsMessageSigner(client: KMSClient, keyId: string): Promise<MessageSigner> {
  return {
    address: await kmsAddress(client, keyId),
    sign: async (message) => {
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyId,
          Message: message,
          // Pure Ed25519 hashes the message itself; with DIGEST it would be Ed25519ph, which Solana does not take.
          MessageType: 'RAW',
          SigningAlgorithm: 'ED25519_SHA_512',
        }),
      );
      if (Signature === undefined) throw new Error(`KMS gave no signature of ${keyId}`);
      return Signature;
    },
  };
}
