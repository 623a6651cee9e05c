/** Signs with a key that never leaves AWS KMS (key spec ECC_SECG_P256K1). It tells no parity of y, which is reckoned here. */
import { KMSClient } from '@aws-sdk/client-kms';
import { invert, mod } from '@noble/curves/abstract/modular';
import { secp256k1 } from '@noble/curves/secp256k1';
import { bytesToHex, hexToBigInt, hexToBytes, numberToHex } from 'viem';
import { publicKeyToAddress } from 'viem/accounts';
import type { Address, Hex } from '../../core/rails/evm/hex.ts';
import { lowSignatureBy, pointOf } from '../aws/kms.ts';
import type { DigestSigner } from './signer.ts';

/** The address of one KMS key. Throws when KMS gives no public key. */
export const kmsAddress = async (client: KMSClient, keyId: string): Promise<Address> =>
  addressOf(await pointOf(client, keyId));
const addressOf = (point: Uint8Array): Address => publicKeyToAddress(bytesToHex(point));

type Point = typeof secp256k1.ProjectivePoint.BASE;

/** The signer of one KMS key. Reads its public key once; throws when KMS gives none. */
export async function kmsSigner(client: KMSClient, keyId: string): Promise<DigestSigner> {
  const point = await pointOf(client, keyId);
  const address = addressOf(point);
  // Multiples of the key are reckoned once, for a function signs many times.
  const key = secp256k1.utils.precompute(8, secp256k1.ProjectivePoint.fromHex(point));
  return {
    address,
    sign: async (digest) => {
      const { r, s } = await lowSignatureBy(client, keyId, hexToBytes(digest));
      const yParity = parityOf(digest, { r, s }, key);
      if (yParity === null) throw new Error(`KMS signed with another key than ${address}`);
      return { r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }), yParity };
    },
  };
}

/**
 * Verifies the signature, by the point whose x it names (SEC 1, section 4.1.4), and so finds that point's y as well. To try both
 * parities would recover the key once or twice, at four times the work. `null`: it is of another key.
 */
function parityOf(digest: Hex, { r, s }: { r: bigint; s: bigint }, key: Point): 0 | 1 | null {
  const { n } = secp256k1.CURVE;
  const inverse = invert(s, n);
  const [ofBase, ofKey] = [mod(hexToBigInt(digest) * inverse, n), mod(r * inverse, n)];
  // Not `multiplyAndAddUnsafe`: of a key with multiples it takes the lower half of the number only (@noble/curves 1.9.1).
  const point = secp256k1.ProjectivePoint.BASE.multiply(ofBase).add(key.multiply(ofKey));
  const { x, y } = point.toAffine();
  if (x !== r) return null;
  return y % 2n === 0n ? 0 : 1;
}

export const kmsClient = (): KMSClient => new KMSClient({});
