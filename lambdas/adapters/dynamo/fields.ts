/**
 * Single values as rows keep them, and as they are read back. Numbers are read as bigint (dynamo-client.ts), so that
 * money is never rounded; hex digits are kept as the bytes they stand for, half the size: an item's size is its price.
 */
import * as z from 'zod';
import type { WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import type { Minor } from '../../core/kernel/money.ts';
import type { Hex } from '../../core/kernel/networks.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Saved } from '../../core/store/attempt.ts';

export const integer = z.bigint().transform(Number);
export const instant = z.bigint().transform((value) => Number(value) as Instant);
export const minorNumber = z.bigint().transform((value) => value as Minor);
export const absentIsNull = z.string().nullable().default(null);
export const labels = z.record(z.string(), z.string()).default({});

/** An id: the kinds differ in their type only. */
export const idText = <Id extends string>() => z.string().transform((text) => text as Id);
export const walletIdText = idText<WalletId>();
export const withdrawalIdText = idText<WithdrawalId>();
/** The id in an item's own key: it is not kept a second time. */
export const idInKey = <Id extends string>() =>
  z.string().transform((pk) => pk.slice(pk.indexOf('#') + 1) as Id);

/** Written with its checksum, which bytes would lose. */
export const address = z.string().transform((text) => text as Hex);

const bytes = z.instanceof(Uint8Array);
const digitsOf = (value: Uint8Array): string => Buffer.from(value).toString('hex');
/** What a rail keeps of its own is kept as it is. */
const saved: z.ZodType<Saved> = z.lazy(() =>
  z.union([z.string(), z.bigint(), bytes, z.record(z.string(), saved)]),
);
export const savedFields = z.record(z.string(), saved);
/** Bytes that we know as hex digits with `0x`, and without. */
export const hex = bytes.transform((value): Hex => `0x${digitsOf(value)}`);
export const digest = bytes.transform(digitsOf);

/** The bytes of a text of hex digits, with `0x` or without. Throws when it is anything else, which would be lost. */
export function bytesOf(text: string): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  const value = new Uint8Array(Buffer.from(digits, 'hex'));
  if (digitsOf(value) !== digits.toLowerCase()) throw new Error('not hex digits: bytes expected');
  return value;
}
