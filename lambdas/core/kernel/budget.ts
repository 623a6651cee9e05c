/** The time that a running invocation has left, and whether it suffices for another call. */
import { callTimeoutMs, recordReserveMs } from './limits.ts';

export type Budget = {
  remainingMs(): number;
  /** Whether so many calls in a row, each up to `callTimeoutMs`, and recording their outcome fit into what is left. */
  allows(work: { calls: number }): boolean;
};

export const budgetOf = (remainingMs: () => number): Budget => ({
  remainingMs,
  allows: ({ calls }) => remainingMs() >= calls * callTimeoutMs + recordReserveMs,
});
