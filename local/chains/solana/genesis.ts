/** What a local Solana begins with: a mint of test USDC, the treasury with its float and nonce accounts, and the on-ramp's USDC. */
import { createHash } from 'node:crypto';
import { nonceAccountBytes } from '../../../lambdas/core/rails/solana/limits.ts';
import {
  nonceAccountOf,
  systemProgram,
  tokenAccountOf,
  tokenProgram,
} from '../../../lambdas/core/rails/solana/programs.ts';
import { bytesOf } from './addresses.ts';
import type { Engine } from './engine.ts';
import { nonceAccountsHere } from './limits.ts';
import { testMint } from './mint.ts';
import type { Kept } from './state.ts';

const usdc = 1_000_000n;
const sol = 1_000_000_000n;
const treasuryFloat = { usdc: 10_000_000n * usdc, lamports: 1_000_000n * sol };
/** The on-ramp's USDC: more than anybody will ever convert here. */
const liquidityFloat = { usdc: 1_000_000_000_000n * usdc, lamports: 1_000_000n * sol };

const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
/** `COption::Some` of an address, as the token program writes it. */
const some = (address: string): Buffer =>
  Buffer.concat([Buffer.from([1, 0, 0, 0]), bytesOf(address)]);

export type Owner = 'treasury' | 'liquidity';

/** Makes what is not there yet, as if it had been there always. `issuer` may mint, and freeze accounts as Circle does. */
export function endow(engine: Engine, issuer: string, owners: Record<Owner, string>): void {
  const make = (address: string, kept: Kept): void => engine.setAccount(address, kept, 0);
  const holder = (lamports: bigint) => ({
    ...{ lamports, data: new Uint8Array(), owner: systemProgram, executable: false },
  });
  const ofTokens = (bytes: Uint8Array) => ({
    lamports: BigInt(engine.rent(bytes.length)),
    ...{ data: bytes, owner: tokenProgram, executable: false },
  });
  once(engine, 'mint', () => {
    const supply = treasuryFloat.usdc + liquidityFloat.usdc;
    const bytes = Buffer.concat([some(issuer), u64(supply), Buffer.from([6, 1]), some(issuer)]);
    make(testMint, ofTokens(Uint8Array.from(bytes)));
    make(issuer, holder(10n * sol));
  });
  for (const [name, float] of [
    ['treasury', treasuryFloat],
    ['liquidity', liquidityFloat],
  ] as const) {
    const owner = owners[name];
    once(engine, `float ${owner}`, () => {
      make(owner, holder(float.lamports));
      make(tokenAccountOf(owner, testMint), ofTokens(tokensOf(owner, float.usdc)));
    });
  }
  for (const owner of Object.values(owners))
    once(engine, `nonces ${owner}`, () => {
      for (let number = 1; number <= nonceAccountsHere; number += 1)
        make(nonceAccountOf(owner, number), {
          lamports: BigInt(engine.rent(nonceAccountBytes)),
          data: nonceOf(engine, owner, number),
          ...{ owner: systemProgram, executable: false },
        });
    });
}

/** A run that was killed in between does it once more: before it is done, nobody has seen the chain. */
function once(engine: Engine, name: string, make: () => void): void {
  engine.state.fact(name, () => {
    make();
    return 'made';
  });
}

export const tokensOf = (owner: string, amount: bigint): Uint8Array => {
  const bytes = new Uint8Array(165);
  bytes.set(bytesOf(testMint), 0);
  bytes.set(bytesOf(owner), 32);
  bytes.set(u64(amount), 64);
  bytes[108] = 1;
  return bytes;
};

/** Each with a value of its own, which no block has ever given. */
function nonceOf(engine: Engine, authority: string, number: number): Uint8Array {
  const bytes = new Uint8Array(nonceAccountBytes);
  bytes.set([1, 0, 0, 0, 1, 0, 0, 0], 0);
  bytes.set(bytesOf(authority), 8);
  bytes.set(
    createHash('sha256').update(`${engine.genesis} nonce ${number} ${authority}`).digest(),
    40,
  );
  bytes.set(u64(5_000n), 72);
  return bytes;
}
