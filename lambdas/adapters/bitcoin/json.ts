/**
 * Reads a node's JSON with every number as the text that it stands in: amounts of bitcoin are JSON numbers with eight decimals
 * (src/core_write.cpp, ValueFromAmount), and a floating-point number would round them.
 */
import * as z from 'zod';

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** Text for each number, and `undefined` for what is no JSON, such as a proxy's page or half an answer. */
export function parsedJson(text: string): unknown {
  const asText: Reviver = (_, value, context) =>
    typeof value === 'number' ? (context?.source ?? String(value)) : value;
  try {
    return JSON.parse(text, asText as Parameters<typeof JSON.parse>[1]);
  } catch {
    return undefined;
  }
}

/** Bitcoin has eight decimals (src/consensus/amount.h, COIN), and there are never more than 21 million of it (MAX_MONEY). */
const places = 8;
const satoshiMax = 21_000_000n * 10n ** 8n;
/** Some write small numbers with an exponent, which JSON allows. */
const numberPattern = /^(\d{1,9})(?:\.(\d{1,20}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** The satoshi of an amount as nodes write it; `null`: it cannot be read, or has a part of a satoshi. */
export function satoshiIn(text: string): bigint | null {
  const [, whole, fraction = '', exponent = '0'] = numberPattern.exec(text) ?? [];
  if (whole === undefined) return null;
  const shift = places + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const unit = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % unit !== 0n) return null;
  const satoshi = shift < 0 ? digits / unit : digits * unit;
  return satoshi <= satoshiMax ? satoshi : null;
}

export const btc = z.string().transform((text, context) => {
  const satoshi = satoshiIn(text);
  if (satoshi !== null) return satoshi;
  context.addIssue('no amount of bitcoin');
  return z.NEVER;
});
/** A whole number that may be negative. */
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .transform(Number);
export const hash = z.string().regex(/^[\da-f]{64}$/);
export const hex = z.string().regex(/^([\da-f]{2})*$/);
