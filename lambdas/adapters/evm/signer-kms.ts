/**
 * A key that never leaves AWS KMS (ECC_SECG_P256K1). KMS answers in DER, often with a high s that Ethereum refuses
 * (EIP-2), and without the recovery id: the low s is taken and the parity found by trying both.
 */
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { secp256k1 } from '@noble/curves/secp256k1';
import { bytesToHex, hexToBytes, numberToHex, recoverAddress } from 'viem';
import { publicKeyToAddress } from 'viem/accounts';
import type { DigestSigner } from './signer.ts';

/** An uncompressed point, 65 bytes, ends the SubjectPublicKeyInfo that KMS returns. */
const pointBytes = 65;

export async function kmsSigner(client: KMSClient, keyId: string): Promise<DigestSigner> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }));
  if (PublicKey === undefined) throw new Error(`KMS gave no public key of ${keyId}`);
  const address = publicKeyToAddress(bytesToHex(PublicKey.slice(-pointBytes)));
  return {
    address,
    sign: async (digest) => {
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyId,
          Message: hexToBytes(digest),
          // DIGEST: KMS must not hash it again.
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
