/** Instants: time is kept in milliseconds since 1970-01-01 UTC, and written for clients in RFC 3339. */
export type Instant = number & { readonly instant: unique symbol };

export const later = (from: Instant, ms: number): Instant => (from + ms) as Instant;

const unitsMs: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3 };

/** The milliseconds of a duration such as `90s`, `30m`, `24h` or `7d`; `null` for any other text. */
export function durationMs(text: string): number | null {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  return unitMs === undefined ? null : Number(count) * unitMs;
}

/** An instant as clients see it: RFC 3339, in UTC, with milliseconds. */
export const timeOf = (instant: Instant): string => new Date(instant).toISOString();
export const timeOrNull = (instant: Instant | null): string | null =>
  instant === null ? null : timeOf(instant);

const rfc3339 =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,30})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

/**
 * The instant that a time of RFC 3339 says; `null` for any other text. What is finer than a millisecond is rounded up, so that
 * nothing of ours, which is in milliseconds, changes sides.
 */
export function instantFrom(text: string): Instant | null {
  const [, date = '', fraction = ''] = rfc3339.exec(text) ?? [];
  const at = Date.parse(text.replace(fraction, fraction.slice(0, 4)).toUpperCase());
  if (date === '' || Number.isNaN(at)) return null;
  // A day that its month does not have is taken for one of the next month.
  if (!new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)) return null;
  return later(at as Instant, /[1-9]/.test(fraction.slice(4)) ? 1 : 0);
}
