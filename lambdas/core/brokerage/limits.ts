/** How long, and how many at once, journals are waited for; the limits that others share are in core/kernel/limits.ts. */
import assert from 'node:assert/strict';
import {
  callTimeoutMs,
  journalKeyLifeMs,
  journalProofMs,
  recordReserveMs,
  transactionActionsMax,
} from '../kernel/limits.ts';

/**
 * For so long after its first send a journal whose answer was lost is simply asked for again, at once and then with growing
 * waits: Alpaca documents that the same key and bytes make no second journal. How long it remembers the key it does not
 * say, so after this the journal is looked for first, as it is after a refusal of such a repetition.
 */
export const journalReplayMs = 10 * 60_000;
/** A call that nobody has recorded an end of may be under way for so long. */
export const callUnderwayMs = callTimeoutMs + recordReserveMs;
/** Journals of a wallet that one visit of 2-journal, or of 6-refund, has under way side by side. */
export const journalsSideBySide = 40;
/** The oldest withdrawals of a wallet that 2-journal looks at: so many journals may be without an answer before the rest waits. */
export const debitsLookedAt = 100;
/**
 * An executed journal has moved the cash (https://docs.alpaca.markets/us/docs/funding-via-journals), but what answers about
 * the account may be this far behind what answers about the journal: until then the cash counts as still to be taken.
 */
export const cashSettleMs = 3_000;
/** How long an account's cash is relied on after it was read. */
export const cashReadMs = 2_000;
/** 2-journal waits in its visit for a repetition that is due within this: the first three of a journal are. */
export const replayWaitMaxMs = 5_000;

assert(journalReplayMs < journalProofMs && journalProofMs < journalKeyLifeMs);
// Each journal that is begun is two changes, beside what is written once for all of them.
assert(2 * journalsSideBySide + 2 <= transactionActionsMax);
