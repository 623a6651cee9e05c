/**
 * The keys of the local Solana, each made of its name. They are as public as this file: whatever is sent to them on a public network
 * is lost.
 */
import { createHash } from 'node:crypto';
import { base58 } from '@scure/base';
import {
  keyIn,
  localMessageSigner,
  type SolanaKey,
} from '../../../lambdas/adapters/solana/signer-local.ts';

export const devKey = (name: 'treasury' | 'liquidity' | 'issuer'): SolanaKey =>
  createHash('sha256').update(`drawbridge local solana ${name}`).digest();

/** As `solana-keygen` writes it. */
export const keyText = (key: SolanaKey): string =>
  base58.encode(Buffer.concat([key, base58.decode(localMessageSigner(key).address)]));

/** The address that a key pays from; `null`: it is none. */
export function addressOfKey(text: string): string | null {
  const key = keyIn(text);
  return key && localMessageSigner(key).address;
}
