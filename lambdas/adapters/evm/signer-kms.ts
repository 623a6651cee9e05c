/**
 * Signs with a key that never leaves AWS KMS (key spec ECC_SECG_P256K1). KMS answers in DER, often with a high s, which
 * Ethereum refuses (EIP-2), and without the parity of y: the low s is taken, and both parities are tried.
 */
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { secp256k1 } from '@noble/curves/secp256k1';
import { bytesToHex, hexToBytes, numberToHex, recoverAddress } from 'viem';
import { publicKeyToAddress } from 'viem/accounts';
import type { Address } from '../../core/rails/evm/hex.ts';
import type { DigestSigner } from './signer.ts';

/** KMS returns a SubjectPublicKeyInfo (RFC 5480), which ends with the uncompressed point. */
const pointBytes = 65;

/** The address of one KMS key. Throws when KMS gives no public key. */
export async function kmsAddress(client: KMSClient, keyId: string): Promise<Address> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  if (PublicKey === undefined) throw new Error(`KMS gave no public key of ${keyId}`);
  return publicKeyToAddress(bytesToHex(PublicKey.slice(-pointBytes)));
}

/** The signer of one KMS key. Reads its public key once; throws when KMS gives none. */
export async function kmsSigner(client: KMSClient, keyId: string): Promise<DigestSigner> {
  const address = await kmsAddress(client, keyId);
  return {
    address,
    sign: async (digest) => {
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyId,
          Message: hexToBytes(digest),
          // With RAW, KMS would hash the digest again.
          MessageType: 'DIGEST',
          SigningAlgorithm: 'ECDSA_SHA_256',
        }),
      );
      if (Signature === undefined) throw new Error(`KMS gave no signature of ${keyId}`);
      const { r, s } = secp256k1.Signature.fromDER(Signature).normalizeS();
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
