import type { Instant } from './time.ts';

export type Clock = {
  now(): Instant;
  /** Resolves at or after `instant`. */
  until(instant: Instant): Promise<void>;
};

/** A number in [0, 1). */
export type Dice = { roll(): number };
