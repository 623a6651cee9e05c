/** Signs with a key that never leaves AWS KMS (key spec ECC_NIST_EDWARDS25519). */
import type { KMSClient } from '@aws-sdk/client-kms';
import { base58 } from '@scure/base';
import { publicKeyOf, signatureBy } from '../aws/kms.ts';
import type { MessageSigner } from './signer.ts';

const keyBytes = 32;

/** The address of one KMS key. Throws when KMS gives no public key. */
export const kmsAddress = async (client: KMSClient, keyId: string): Promise<string> =>
  base58.encode(await publicKeyOf(client, keyId, keyBytes));

/** Reads the public key once. */
export async function kmsMessageSigner(client: KMSClient, keyId: string): Promise<MessageSigner> {
  return {
    address: await kmsAddress(client, keyId),
    sign: (message) =>
      signatureBy(client, keyId, {
        Message: message,
        // Pure Ed25519 hashes the message itself; with DIGEST it would be Ed25519ph, which Solana does not take.
        MessageType: 'RAW',
        SigningAlgorithm: 'ED25519_SHA_512',
      }),
  };
}
