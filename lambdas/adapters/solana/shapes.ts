/** The answers of a node (https://solana.com/docs/rpc/http) and the accounts of programs, read strictly. */
import { base58 } from '@scure/base';
import * as z from 'zod';
import type { NonceState } from '../../core/rails/solana/chain.ts';
import { nonceAccountBytes, tokenAccountBytes } from '../../core/rails/solana/limits.ts';
import { systemProgram, tokenProgram } from '../../core/rails/solana/programs.ts';

/** A number above 2^53 has lost digits in JSON: it is no answer. */
export const count = z.int().min(0);
const context = z.object({ slot: count });
export const valued = <T>(value: z.ZodType<T>) => z.object({ context, value });

const data = z
  .tuple([z.base64(), z.literal('base64')])
  .transform(([text]) => new Uint8Array(Buffer.from(text, 'base64')));
export const account = z
  .object({ data, owner: z.string(), lamports: count, executable: z.boolean() })
  .nullable();
export type AccountRead = z.output<typeof account>;

/** What went wrong with a transaction (sdk, transaction-error): a word, or an object of one. */
export const transactionError = z.union([z.string(), z.record(z.string(), z.unknown())]).nullable();

const status = z
  .object({
    slot: count,
    err: transactionError,
    confirmations: count.nullish(),
    confirmationStatus: z.enum(['processed', 'confirmed', 'finalized']).nullish(),
  })
  .nullable();

export const signatureStatuses = valued(z.array(status));
export const simulation = valued(z.object({ err: transactionError }));
export const block = z.object({ blockhash: z.string().min(32) });
export const fees = z.array(z.object({ slot: count, prioritizationFee: count }));

const keyAt = (bytes: Uint8Array, start: number): string =>
  base58.encode(bytes.slice(start, start + 32));
const u64At = (bytes: Uint8Array, start: number): bigint =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readBigUInt64LE(start);
const u32At = (bytes: Uint8Array, start: number): number =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(start);

/** Of the system program: a version, a state, who may advance it, and its value. Version 0 can carry no transaction any more. */
export function nonceIn(read: AccountRead): NonceState {
  if (read === null || read.owner !== systemProgram || read.data.length !== nonceAccountBytes)
    return { is: 'none' };
  const isCurrent = u32At(read.data, 0) === 1 && u32At(read.data, 4) === 1;
  return isCurrent
    ? { is: 'set', authority: keyAt(read.data, 8), nonce: keyAt(read.data, 40) }
    : { is: 'none' };
}

export type TokenAccount = { mint: string; owner: string; amount: bigint; isFrozen: boolean };
/** `null`: it is no account of the token program. */
export function tokensIn(read: AccountRead): TokenAccount | null {
  if (read === null || read.owner !== tokenProgram || read.data.length !== tokenAccountBytes)
    return null;
  const state = read.data[108];
  if (state !== 1 && state !== 2) return null;
  const [mint, owner, amount] = [keyAt(read.data, 0), keyAt(read.data, 32), u64At(read.data, 64)];
  return { mint, owner, amount, isFrozen: state === 2 };
}

const mintBytes = 82;
/** The decimals of a mint of the token program; `null`: it is none. */
export function decimalsIn(read: AccountRead): number | null {
  if (read === null || read.owner !== tokenProgram || read.data.length !== mintBytes) return null;
  return read.data[45] === 1 ? (read.data[44] ?? null) : null;
}
