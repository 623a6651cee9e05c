/** Signs with a private key in this process: on one machine only. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { base58 } from '@scure/base';
import type { MessageSigner } from './signer.ts';

/** The seed of a key, 32 bytes. */
export type SolanaKey = Uint8Array;
const seedBytes = 32;
/** What stands before the seed in PKCS #8 (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * A key as `solana-keygen` writes it: the seed and the public key, 64 bytes as base58 or as a list of numbers in JSON; `null`:
 * it is none. The public key has to be the seed's: a key that was cut or mixed up would pay from another address.
 */
export function keyIn(text: string): SolanaKey | null {
  const bytes = bytesIn(text.trim());
  if (bytes === null || bytes.length !== 64) return null;
  const seed = bytes.slice(0, seedBytes);
  return addressOf(seed) === base58.encode(bytes.slice(seedBytes)) ? seed : null;
}

function bytesIn(text: string): Uint8Array | null {
  try {
    if (!text.startsWith('[')) return base58.decode(text);
    const numbers: unknown = JSON.parse(text);
    const isByte = (one: unknown): one is number =>
      typeof one === 'number' && Number.isInteger(one) && one >= 0 && one <= 255;
    return Array.isArray(numbers) && numbers.every(isByte) ? Uint8Array.from(numbers) : null;
  } catch {
    return null; // Neither of the two forms; what was set is never in an error.
  }
}

const privateKeyOf = (seed: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });

function addressOf(seed: Uint8Array): string {
  const { x = '' } = createPublicKey(privateKeyOf(seed)).export({ format: 'jwk' });
  return base58.encode(Buffer.from(x, 'base64url'));
}

export function localMessageSigner(seed: SolanaKey): MessageSigner {
  const key = privateKeyOf(seed);
  return { address: addressOf(seed), sign: async (message) => sign(null, message, key) };
}
