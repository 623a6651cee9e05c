/**
 * Reads the fields and lists of providers' JSON. A field that cannot be read makes its whole object unclear: it is never taken
 * for nothing, for zero or for 1970. In a list only what may be ours has to be readable; what says that it is another's is
 * passed over, for nobody documents the shape of what others do at the same provider.
 */
import * as z from 'zod';
import { type Currency, decimals, type Minor, minor } from '../../core/kernel/money.ts';
import type { Answer } from '../../core/kernel/outcome.ts';
import type { Instant } from '../../core/kernel/time.ts';

/** What a caller hears of an answer that no document describes: not that there is nothing. */
export const unexpectedAnswer = {
  ok: false,
  refused: false,
  why: 'an answer of another shape than documented',
} as const;

/** A decimal string of exactly so much: providers write more zeros than a currency has decimals, any other digit is refused. */
export const amountIn = (currency: Currency) =>
  z.string().transform((text, context): Minor => {
    const [, whole, fraction = ''] = /^(\d{1,18})(?:\.(\d+))?$/.exec(text) ?? [];
    const places = decimals[currency];
    if (whole !== undefined && /^0*$/.test(fraction.slice(places)))
      return minor(BigInt(whole + fraction.slice(0, places).padEnd(places, '0')));
    context.addIssue({ code: 'custom', message: `not an amount of ${currency}` });
    return z.NEVER;
  });

/** No provider of ours was there before, and none speaks of later. Go writes a time that was never set as year 1. */
const [firstTime, lastTime] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

/** A time of RFC 3339 with its zone. What is finer than a millisecond is cut off. */
export const instant = z.iso.datetime({ offset: true }).transform((text, context): Instant => {
  const ms = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
  if (ms >= firstTime && ms < lastTime) return ms as Instant;
  context.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

/** Text that may be absent. Servers in Go write "" for nothing (encoding/json writes a field's zero value). */
export const textOrNull = z
  .string()
  .nullish()
  .transform((text) => text || null);

/** What an unread row says at this path; `null` when there is no text. */
export function saidBy(row: unknown, ...path: string[]): string | null {
  const found = path.reduce<unknown>(
    (inner, name) => (isObject(inner) && Object.hasOwn(inner, name) ? inner[name] : null),
    row,
  );
  return typeof found === 'string' && found !== '' ? found : null;
}
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Whether a row says, readably, something else there than what all of ours say. Capitals make no difference. */
export const saysOtherwise = (
  row: unknown,
  path: readonly string[],
  ...ours: readonly string[]
): boolean => {
  const said = saidBy(row, ...path)?.toLowerCase();
  return said !== undefined && !ours.some((one) => one.toLowerCase() === said);
};

/** Reads the rows of a list that may be ours. One of them that cannot be read leaves open what else is ours: no answer. */
export function readRows<T>(
  rows: readonly unknown[],
  shape: z.ZodType<T>,
  isAnothers: (row: unknown) => boolean,
): Answer<T[]> {
  const value: T[] = [];
  for (const row of rows.filter((row) => !isAnothers(row))) {
    const { success, data } = shape.safeParse(row);
    if (!success) return unexpectedAnswer;
    value.push(data);
  }
  return { ok: true, value };
}
