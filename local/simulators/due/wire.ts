/** Writes as Due does: error envelopes, amounts, times, ids (due.readme.io/docs: api-error-codes, quotes, transfer-flow). */
import { randomBytes, randomInt } from 'node:crypto';
import type { SimulatorReply } from '../http.ts';

/** Due writes errors in two shapes. This is the one of its business rules … */
export const refused = (httpCode: number, errorCode: string, message: string): SimulatorReply => ({
  status: httpCode,
  body: { error_code: errorCode, message, http_code: httpCode },
});

/** … and this the one of its validation. */
export const invalid = (details: Record<string, string>): SimulatorReply => ({
  status: 422,
  body: { statusCode: 422, message: 'Validation error', code: 'err_validation', details },
});

export const ok = (body: unknown): SimulatorReply => ({ status: 200, body });

/** The millionths of a decimal string with at most `places` decimals; null when it is no such string. */
export function micros(text: unknown, places: number): bigint | null {
  if (typeof text !== 'string' || !/^\d{1,15}(\.\d{1,6})?$/.test(text)) return null;
  const [whole = '', fraction = ''] = text.split('.');
  if (fraction.length > places) return null;
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** A decimal such as `"99.50"`, with two to six decimals. */
export function decimal(value: bigint): string {
  const digits = value.toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '').padEnd(2, '0');
  return `${digits.slice(0, -6)}.${fraction}`;
}

/** A time with nanoseconds, as Due writes it. The digits below the millisecond are made up. */
export const nanoTime = (ms: number): string =>
  new Date(ms).toISOString().replace('Z', `${String(randomInt(1_000_000)).padStart(6, '0')}Z`);

/** An id such as `tf_…` or `wlt_…`: the kind, then hexadecimal digits that nobody can guess. */
export const dueId = (kind: string): string => `${kind}_${randomBytes(12).toString('hex')}`;

/** The reference that a bank payment must carry. */
export const newMemo = (): string => `REF-${randomBytes(6).toString('hex').toUpperCase()}`;
