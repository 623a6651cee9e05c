/** What keys in AWS KMS say and sign: they never leave it. Whatever KMS does instead of answering is a KeysAwayError. */
import {
  GetPublicKeyCommand,
  type KMSClient,
  SignCommand,
  type SignCommandInput,
} from '@aws-sdk/client-kms';
import { secp256k1 } from '@noble/curves/secp256k1';
import { KeysAwayError, lossOf } from '../../core/kernel/errors.ts';
import { callTimeoutMs } from '../../core/kernel/limits.ts';

/** The answer within the time of a call, with the attempts that the SDK makes in it: KMS has a quota of signatures a second. */
async function within<T>(ask: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  try {
    return await ask({ abortSignal: AbortSignal.timeout(callTimeoutMs) });
  } catch (error) {
    throw new KeysAwayError(`KMS did not answer: ${lossOf(error)}`, { cause: error });
  }
}

/** The last bytes of a key's SubjectPublicKeyInfo (RFC 5480, RFC 8410), which are the key itself. Throws when KMS gives none. */
export async function publicKeyOf(
  client: KMSClient,
  keyId: string,
  bytes: number,
): Promise<Uint8Array> {
  const { PublicKey } = await within((options) =>
    client.send(new GetPublicKeyCommand({ KeyId: keyId }), options),
  );
  if (PublicKey === undefined) throw new Error(`KMS gave no public key of ${keyId}`);
  return PublicKey.slice(-bytes);
}

/** An uncompressed point of the curve: a byte, and two numbers. */
const pointBytes = 65;
/** The point of a key of the spec ECC_SECG_P256K1. */
export const pointOf = (client: KMSClient, keyId: string): Promise<Uint8Array> =>
  publicKeyOf(client, keyId, pointBytes);

export async function signatureBy(
  client: KMSClient,
  keyId: string,
  asked: Pick<SignCommandInput, 'Message' | 'MessageType' | 'SigningAlgorithm'>,
): Promise<Uint8Array> {
  const { Signature } = await within((options) =>
    client.send(new SignCommand({ KeyId: keyId, ...asked }), options),
  );
  if (Signature === undefined) throw new Error(`KMS gave no signature of ${keyId}`);
  return Signature;
}

/**
 * What a key of the spec ECC_SECG_P256K1 signs. KMS answers in DER, often with a high s, which Ethereum refuses (EIP-2) and nodes
 * of Bitcoin do not relay (BIP-146): the low one is taken.
 */
export async function lowSignatureBy(client: KMSClient, keyId: string, digest: Uint8Array) {
  const der = await signatureBy(client, keyId, {
    Message: digest,
    // With RAW, KMS would hash the digest again.
    MessageType: 'DIGEST',
    SigningAlgorithm: 'ECDSA_SHA_256',
  });
  return secp256k1.Signature.fromDER(der).normalizeS();
}
