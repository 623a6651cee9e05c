/** The SolanaSigner port over a key that signs with Ed25519: a KMS key when deployed, a private key on one machine. */
import { createPublicKey, verify } from 'node:crypto';
import { base58 } from '@scure/base';
import type { SolanaSigner } from '../../core/rails/solana/chain.ts';
import { type Asked, askedIn, messageFor } from '../../core/rails/solana/instructions.ts';
import { transactionBytesMax } from '../../core/rails/solana/limits.ts';
import {
  bytesOf,
  decodeMessage,
  readTransaction,
  transactionOf,
} from '../../core/rails/solana/message.ts';

/** One key, as Ed25519 has it: 64 bytes over the message itself, which is not hashed before. */
export type MessageSigner = { address: string; sign(message: Uint8Array): Promise<Uint8Array> };

/**
 * Signs payouts of these mints and of SOL, and what ends them: a nonce first, the offer, one transfer and its memo. Any other
 * message is not signed, whoever asks. The keys of treasuries before (`former`) sign nothing new.
 */
export function solanaSigner(
  treasury: MessageSigner,
  mints: readonly string[],
  former: readonly MessageSigner[] = [],
): SolanaSigner {
  const keyOf = (payer: string) =>
    [treasury, ...former].find(({ address }) => address === payer) ?? null;
  return {
    address: treasury.address,
    signs: (payer) => keyOf(payer) !== null,
    sign: async (asked, before) => {
      const message = messageFor(asked);
      const decoded = decodeMessage(message);
      const read = decoded && askedIn(decoded, message);
      const key = read && keyOf(read.payer);
      if (read === null || key === null)
        throw new Error('this is no message that the treasury signs');
      if (key !== treasury && !takesPlaceOf(read, before))
        throw new Error('a former treasury signs only what takes the place of its own');
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

/**
 * Whether these bytes were signed by the same payer for the same value of the same nonce account, of which only one is ever carried
 * out, and what is asked pays the same, or nobody: then nobody can be paid who could not be before.
 */
function takesPlaceOf(asked: Asked, before: Uint8Array | undefined): boolean {
  const read = before === undefined ? null : readTransaction(before);
  const own = read && askedIn(read.message, read.signed);
  if (read === null || own === null) return false;
  // The offer alone may differ: written with that of now, what was signed before says the same, or it paid where nobody is paid now.
  const { unitLimit, unitPrice } = asked;
  const bytes = Buffer.from(messageFor(asked));
  const isSame = [own, { ...own, transfer: null }].some((one) =>
    bytes.equals(messageFor({ ...one, unitLimit, unitPrice })),
  );
  return isSame && isSignedBy(own.payer, read.signed, base58.decode(read.signature));
}

function isSignedBy(address: string, message: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(bytesOf(address)).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return verify(null, message, publicKey, signature);
}

/** The key's signature, which is proven to be one before anybody gets it. */
export async function signed(key: MessageSigner, message: Uint8Array): Promise<Uint8Array> {
  const signature = await key.sign(message);
  if (!isSignedBy(key.address, message, signature))
    throw new Error(`the message was signed with another key than ${key.address}`);
  return signature;
}
