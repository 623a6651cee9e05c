import { callTimeoutMs, recordReserveMs } from './limits.ts';

/** How long the running invocation may still work. */
export type Budget = {
  remainingMs(): number;
  /** Whether there is time for this many calls in a row, each up to its limit, and for recording what came of them. */
  allows(work: { calls: number }): boolean;
};

export const budgetOf = (remainingMs: () => number): Budget => ({
  remainingMs,
  allows: ({ calls }) => remainingMs() >= calls * callTimeoutMs + recordReserveMs,
});
