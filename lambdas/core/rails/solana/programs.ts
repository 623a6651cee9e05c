/** The programs and sysvars that payouts call, and the addresses that are derived from others. */
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519';
import { base58 } from '@scure/base';
import { nonceAccountsMax } from './limits.ts';
import { bytesOf } from './message.ts';

export const systemProgram = '11111111111111111111111111111111';
export const tokenProgram = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
export const associatedTokenProgram = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL';
export const computeBudgetProgram = 'ComputeBudget111111111111111111111111111111';
/** Version 3. A later one is on no chain that we know. */
export const memoProgram = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr';
export const recentBlockhashes = 'SysvarRecentB1ockHashes11111111111111111111';

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The one account that holds this mint's tokens for this wallet (github.com/solana-program/associated-token-account). */
export function tokenAccountOf(owner: string, mint: string): string {
  const known = accounts.get(owner + mint);
  if (known !== undefined) return known;
  const seeds = [owner, tokenProgram, mint].map(bytesOf);
  for (let bump = 255; bump >= 0; bump -= 1) {
    const ends = [Uint8Array.of(bump), bytesOf(associatedTokenProgram), derived];
    const hash = sha256(...seeds, ...ends);
    if (isOnCurve(hash)) continue;
    const address = base58.encode(hash);
    if (accounts.size >= knownMax) accounts.clear();
    accounts.set(owner + mint, address);
    return address;
  }
  throw new Error(`no token account can be derived for ${owner}`);
}
const derived = Buffer.from('ProgramDerivedAddress');
/** Trying points of a curve takes a millisecond. */
const accounts = new Map<string, string>();
const knownMax = 1_000;

function isOnCurve(bytes: Uint8Array): boolean {
  try {
    ed25519.ExtendedPoint.fromHex(bytes);
    return true;
  } catch {
    return false; // The library says so by throwing.
  }
}

/** The seed of a nonce account of ours. It must never change: by it the accounts are found again. */
export const nonceSeed = (number: number): string => `drawbridge-nonce-${number}`;

/**
 * An account that its base has made with this seed (System program, `CreateAccountWithSeed`): it has no key of its own, so there
 * is none to keep.
 */
export const seededAccount = (base: string, seed: string, owner: string): string =>
  seededBy(bytesOf(base), seed, bytesOf(owner));
const seededBy = (base: Uint8Array, seed: string, owner: Uint8Array): string =>
  base58.encode(sha256(base, Buffer.from(seed), owner));

export const nonceAccountOf = (authority: string, number: number): string =>
  seededAccount(authority, nonceSeed(number), systemProgram);

/** All that there may be. */
export function nonceAccountsOf(authority: string): readonly string[] {
  const known = nonceAccounts.get(authority);
  if (known !== undefined) return known;
  const [base, owner] = [bytesOf(authority), bytesOf(systemProgram)];
  const made = Array.from({ length: nonceAccountsMax }, (_, index) =>
    seededBy(base, nonceSeed(index + 1), owner),
  );
  nonceAccounts.set(authority, made);
  return made;
}
/** There is one treasury, and hardly ever another. */
const nonceAccounts = new Map<string, readonly string[]>();
