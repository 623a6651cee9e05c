/** The time that a running invocation has left, and whether it suffices for another call. */
import { callTimeoutMs, recordReserveMs } from './limits.ts';

export type Budget = {
  remainingMs(): number;
  /** Whether so many calls in a row, each up to `callTimeoutMs`, and recording their outcome fit into what is left. */
  allows(work: { calls: number }): boolean;
};

/** How long a list of pages may take now: its last page, and what is done with it, fit into what is left then. */
export const listTimeOf = ({ remainingMs }: Budget): number =>
  Math.max(remainingMs() - callTimeoutMs - recordReserveMs, 0);

export const budgetOf = (remainingMs: () => number): Budget => ({
  remainingMs,
  allows: ({ calls }) => remainingMs() >= calls * callTimeoutMs + recordReserveMs,
});
