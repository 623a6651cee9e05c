/** Translates single values of rows. Hexadecimal digits are kept as bytes, because DynamoDB charges by an item's size. */
import * as z from 'zod';
import type { WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import type { Minor } from '../../core/kernel/money.ts';
import type { Address } from '../../core/kernel/networks.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type { Saved } from '../../core/store/attempt.ts';

export const integer = z.bigint().transform(Number);
export const instant = z.bigint().transform((value) => Number(value) as Instant);
/** Of a narrower type than the schema can tell. A transformation that only said so would be run for each value. */
export const minorNumber = z.bigint() as unknown as z.ZodType<Minor, bigint>;
export const absentIsNull = z.string().nullable().default(null);
export const labels = z.record(z.string(), z.string()).default({});

/** An id of the wanted kind. Rows are trusted: the text is not checked. */
export const idText = <Id extends string>() => z.string() as unknown as z.ZodType<Id, string>;
export const walletIdText = idText<WalletId>();
export const withdrawalIdText = idText<WithdrawalId>();
/** The id in an item's partition key, behind its prefix. Rows do not keep it a second time. */
export const idIn = (pk: string): string => pk.slice(pk.indexOf('#') + 1);
export const idInKey = <Id extends string>() => z.string().transform((pk) => idIn(pk) as Id);

/** An address is kept as text: bytes would lose the checksum that is in upper-case letters (EIP-55). */
export const address: z.ZodType<Address, string> = z.string();

const bytes = z.instanceof(Uint8Array);
const digitsOf = (value: Uint8Array): string => Buffer.from(value).toString('hex');
/** The values that a rail saves with an attempt are kept as they are. */
const saved: z.ZodType<Saved> = z.lazy(() =>
  z.union([z.string(), z.bigint(), bytes, z.array(saved), z.record(z.string(), saved)]),
);
export const savedFields = z.record(z.string(), saved);
/** Bytes that become hexadecimal digits: `hex` with the prefix `0x`, `digest` without. */
export const hex = bytes.transform((value): string => `0x${digitsOf(value)}`);
export const digest = bytes.transform(digitsOf);

/** The bytes of hexadecimal digits, with `0x` or without. Throws on any other text, which `Buffer` would silently cut. */
export function bytesOf(text: string): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  const value = new Uint8Array(Buffer.from(digits, 'hex'));
  if (digitsOf(value) !== digits.toLowerCase()) throw new Error('not hex digits: bytes expected');
  return value;
}

/** All fields but these. It is a loop because `...rest` takes three times as long, and withdrawals are read again and again. */
export function without<R extends object, K extends keyof R>(
  row: R,
  names: ReadonlySet<K>,
): Omit<R, K> {
  const kept: Record<string, unknown> = {};
  for (const name in row) if (!(names as ReadonlySet<string>).has(name)) kept[name] = row[name];
  return kept as Omit<R, K>;
}
