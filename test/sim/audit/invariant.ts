/** What an invariant is, and what its check may look at. */
import type { Truth } from '../truth.ts';
import type { Audit } from './books.ts';
import type { Expectations } from './expectations.ts';
import type { News } from './news.ts';
import type { Withdrawal } from './rows.ts';

export type InvariantId = `INV-${string}`;
export type Violation = { invariant: InvariantId; subject: string; detail: string };
/** What is wrong with whom; its invariant is added by the one who asked. */
export type Fault = { subject: string; detail: string };

export type Seen = {
  audit: Audit;
  truth: Truth;
  /** What happened since the last look. */
  news: News;
  /** At an event, the withdrawals whose rows have changed; otherwise all of them. */
  withdrawals: readonly Withdrawal[];
  /** At an event, none: only what must hold whatever the outside world does is held against anybody then. */
  expectations: Expectations;
  /** Whether everything is looked at, not only what is new. */
  isWhole: boolean;
};
export type Check = (seen: Seen) => Fault[];

/** `event`: after every event. `quiescent`: when everything has settled. `ghosts`: when all that was held anywhere is let go. */
export type Invariant = {
  id: InvariantId;
  says: string;
  event?: Check;
  quiescent?: Check;
  ghosts?: Check;
};

/** One that must hold at any time. */
export const always = (id: InvariantId, says: string, check: Check): Invariant => ({
  id,
  says,
  event: check,
  quiescent: check,
  ghosts: check,
});
