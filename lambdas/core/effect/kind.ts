import type { Attempted } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import type { Learned, SendRecord } from '../store/send-record.ts';

/** What is known of an effect now. */
export type End<T> =
  /** The provider has it, by its answer to the call or by what it shows. */
  | { is: 'taken'; value: T; by: 'answer' | 'look-up' }
  /** Proven: nothing was moved by it and nothing will be. */
  | { is: 'not-made'; code: string }
  /** The last call was kept back until then: it is as if it had not been begun, and counts no more. */
  | { is: 'not-sent'; until: Instant }
  /** Not certain yet. */
  | { is: 'waiting'; until: Instant; learned: Learned }
  | { is: 'for-a-person'; why: string };

/** What a provider shows of everything that was sent before. */
export type Found<T> =
  /**
   * The likeliest first. None: there is nothing, which may still be under way. `doubtful`: not as it was asked for and
   * yet perhaps it; where nothing else would be found, one of these is taken, so that it is not asked for once more.
   */
  | { found: 'these'; values: readonly T[]; doubtful?: readonly T[] }
  /** There was something, and nothing was moved by it, and nothing will be. */
  | { found: 'void'; code: string }
  /** It does not answer, or its answer is open. */
  | { found: 'unclear' }
  | { found: 'wrong'; why: string };

/** How one provider is asked for one kind of effect. */
export type EffectKind<I extends { effect: SendRecord }, T> = {
  /** What was sent is to be seen so long after; before that nobody looks. */
  settleMs: number;
  /**
   * That nothing came of what was sent is believed when two looks, so far apart, say the same: a list may be behind
   * (reliability.md §4.5, §4.6). 0: at once, for the key itself excludes that anything comes of it twice.
   */
  proofMs: number;
  /** What is unclear for so long is for a person. */
  reviewMs: number;
  /** Whether what is found may be another's: then the next of them is tried when a record is refused. */
  isShared: boolean;
  /** When the same key and bytes may be sent again, given that there is nothing. */
  again(item: I): { from: Instant; until: Instant };
  /** From when on nothing new can come of what was sent: from then "there is nothing" counts. `null`: it never does. */
  deadFrom(item: I): Instant | null;
  lookUp(items: readonly I[]): Promise<readonly Found<T>[]>;
  /** Whether it may be sent again now, for reasons of the withdrawal. */
  mayGo?(item: I): Promise<boolean>;
  /** What saves the raised `sends` before the same is sent again, and the item as it is then. */
  claim(item: I, now: Instant): { changes: readonly Change[]; send: I };
  /** The call, with the saved key and bytes. One attempt. */
  call(item: I): Promise<Attempted<T>>;
  /** What becomes true with it. */
  record(item: I, end: End<T>): readonly Change[];
};
