/** Instants: time is kept in milliseconds since 1970-01-01 UTC, and written for clients in RFC 3339. */
export type Instant = number & { readonly instant: unique symbol };

export const later = (from: Instant, ms: number): Instant => (from + ms) as Instant;

/** An instant as clients see it: RFC 3339, in UTC, with milliseconds. */
export const timeOf = (instant: Instant): string => new Date(instant).toISOString();
export const timeOrNull = (instant: Instant | null): string | null =>
  instant === null ? null : timeOf(instant);
