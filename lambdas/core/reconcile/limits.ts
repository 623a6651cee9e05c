/** How much a run of reconciliation reads, with units in the names. What is left over, the next run goes on with. */
import assert from 'node:assert/strict';
import { reconcileTimeoutSeconds, reconciliationTimeoutSeconds } from '../kernel/limits.ts';

/** How long the parts of a run may take, from its beginning, and how much the slow ones read. */
export type Effort = {
  /** It gives up then: what it has read by then is half a report, and would lie. */
  runMs: number;
  /** Until then it reads blocks of before the period for wallets whose checkpoint is not up to it. */
  catchUpMs: number;
  /** Until then it goes on through the table, for so many pages; before it has been round once, for as long as it runs. */
  tableMs: number;
  tablePages: number;
  /** For so long, and for so many blocks, it verifies chains from their first block on. */
  chainMs: number;
  chainBlocks: number;
};

export const byTheClock: Effort = {
  runMs: 12 * 60_000,
  catchUpMs: 5 * 60_000,
  tableMs: 60_000,
  tablePages: 256,
  chainMs: 60_000,
  chainBlocks: 400_000,
};
/** Somebody waits for the answer. */
export const whileSomebodyWaits: Effort = {
  runMs: 22_000,
  catchUpMs: 6_000,
  tableMs: 2_000,
  tablePages: 8,
  chainMs: 2_000,
  chainBlocks: 10_000,
};
// Its last reads, the comparison and the report come after that.
assert(byTheClock.runMs <= (reconcileTimeoutSeconds - 120) * 1_000);
assert(whileSomebodyWaits.runMs <= (reconciliationTimeoutSeconds - 5) * 1_000);

/** Wallets, withdrawals and memos of one request, and how many requests there are at once. */
export const readTogether = 100;
export const readSideBySide = 8;
/** What was found by the slow ways is looked at again in each run, as long as it is there: so much of each kind. */
export const lookedAtAgainMax = 1_000;
/** Wallets that only their withdrawals name have withdrawals of their own to read, and so on: so often. */
export const namedRoundsMax = 4;
