/** The SolanaSigner port over a key that signs with Ed25519: a KMS key when deployed, a private key on one machine. */
import { createPublicKey, verify } from 'node:crypto';
import { base58 } from '@scure/base';
import type { SolanaSigner } from '../../core/rails/solana/chain.ts';
import { askedIn, messageFor } from '../../core/rails/solana/instructions.ts';
import { transactionBytesMax } from '../../core/rails/solana/limits.ts';
import { bytesOf, decodeMessage, transactionOf } from '../../core/rails/solana/message.ts';

/** One key, as Ed25519 has it: 64 bytes over the message itself, which is not hashed before. */
export type MessageSigner = { address: string; sign(message: Uint8Array): Promise<Uint8Array> };

/**
 * Signs payouts of these mints and of SOL, and what ends them: a nonce first, the offer, one transfer and its memo. Any other
 * message is not signed, whoever asks.
 */
export function solanaSigner(key: MessageSigner, mints: readonly string[]): SolanaSigner {
  return {
    address: key.address,
    sign: async (asked) => {
      const message = messageFor(asked);
      const decoded = decodeMessage(message);
      const read = decoded && askedIn(decoded, message);
      if (read === null || read.payer !== key.address)
        throw new Error('this is no message that the treasury signs');
      const mint = read.transfer?.mint ?? null;
      if (mint !== null && !mints.includes(mint))
        throw new Error(`the treasury does not sign for the mint ${mint}`);
      const signature = await signed(key, message);
      const raw = transactionOf(message, signature);
      if (raw.length > transactionBytesMax) throw new Error('the transaction is too large');
      return { raw, signature: base58.encode(signature) };
    },
  };
}

/** The key's signature, which is proven to be one before anybody gets it. */
export async function signed(key: MessageSigner, message: Uint8Array): Promise<Uint8Array> {
  const signature = await key.sign(message);
  const x = Buffer.from(bytesOf(key.address)).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  if (!verify(null, message, publicKey, signature))
    throw new Error(`the message was signed with another key than ${key.address}`);
  return signature;
}
