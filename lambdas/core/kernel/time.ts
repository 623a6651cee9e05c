export const later = (from: Instant, ms: number): Instant => (from + ms) as Instant;

export type Instant = number & { readonly instant: unique symbol };

/** RFC 3339, UTC, milliseconds. */
export const timeOf = (instant: Instant): string => new Date(instant).toISOString();
export const timeOrNull = (instant: Instant | null): string | null =>
  instant === null ? null : timeOf(instant);
