/** The clock and the dice: the core knows no other time and no other chance. */
import type { Instant } from './time.ts';

export type Clock = {
  now(): Instant;
  /** Waits: resolves at `instant` or later. */
  until(instant: Instant): Promise<void>;
};

/** A source of chance: each roll is a number in [0, 1). */
export type Dice = { roll(): number };
