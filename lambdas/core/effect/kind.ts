/** A kind of effect: how its provider is asked for it and looked at, and what is known of it by that. */
import type { Attempted } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { Change } from '../store/change.ts';
import type { Learned, SendRecord } from '../store/send-record.ts';
import type { Guarded, Held } from '../switches/switches.ts';
import type { Watched } from '../withdrawal/about.ts';

/** What is known of an effect now. */
export type End<T> =
  /** The provider has it, as its answer to the call or a look-up says. */
  | { is: 'taken'; value: T; by: 'answer' | 'look-up' }
  /** It is proven that nothing was moved by it and nothing will be. */
  | { is: 'not-made'; code: string }
  /** Our circuit breaker, or a switch, kept the last call back: it does not count as a send. */
  | { is: 'not-sent'; until: Instant; held?: Held }
  /** It is to be sent, and a switch holds that back: it was not claimed, and nothing of it has changed. */
  | { is: 'held'; held: Held }
  /** It is not certain yet; the next look is at `until`. `seen`: what a look found of it that moved nothing. */
  | { is: 'waiting'; until: Instant; learned: Learned; seen?: T }
  /** The withdrawal goes to REVIEW. */
  | { is: 'for-a-person'; why: string };

/** What a provider shows of everything that was sent before. */
export type Found<T> =
  /**
   * What may be the effect, the likeliest first. None: there is nothing, though a request may still be under way.
   * `doubtful` is not as it was asked for: one of these is taken before the effect would count as not made.
   */
  | { found: 'these'; values: readonly T[]; doubtful?: readonly T[] }
  /** There is something that moved nothing and will move nothing. */
  | { found: 'void'; code: string; value?: T }
  /** The provider does not answer, or its answer leaves open what became of it. */
  | { found: 'unclear' }
  /** Nothing that may be there: the withdrawal goes to REVIEW. */
  | { found: 'wrong'; why: string };

/** What is sent: its record, and the withdrawal that it is sent for. */
export type Sending = { effect: SendRecord; withdrawal: Watched };

/** How one provider is asked for one kind of effect. */
export type EffectKind<I extends Sending, T> = {
  /** What it is, in a word, for logs and traces. */
  name: string;
  /** What holds back every call of this kind. What was called before is looked up all the same. */
  guard: Guarded;
  /** The provider is asked about a send only after this time, in which it may not show it yet. */
  settleMs: number;
  /**
   * That nothing came of what was sent is believed when two look-ups this far apart say so, for a provider's list may be
   * behind. 0: one look-up suffices, for the key itself excludes that anything comes of it twice.
   */
  proofMs: number;
  /**
   * Before the same is sent again two look-ups this far apart must show nothing, and none between them be unclear. 0, or left
   * out: one suffices, for the provider takes the same key or quote once.
   */
  looksApartMs?: number;
  /** After this time without a clear answer the withdrawal goes to REVIEW. */
  reviewMs: number;
  /** Whether what is found may be another withdrawal's: then the next value is tried when a record is refused. */
  isShared: boolean;
  /** When the same key and bytes may be sent again, if the provider shows nothing. */
  again(item: I): { from: Instant; until: Instant };
  /**
   * When the same key and bytes may be sent again without a look-up, for the provider documents that they make nothing new:
   * its yes is the answer, and its no proves nothing. `null`, or left out: what was sent is looked up first.
   */
  replay?(item: I): { from: Instant; until: Instant } | null;
  /** From when on nothing new can come of what was sent, so that seeing nothing counts; `null`: it never does. */
  deadFrom(item: I): Instant | null;
  /** What the provider shows of each item, in the order of the items. */
  lookUp(items: readonly I[]): Promise<readonly Found<T>[]>;
  /** Whether the withdrawal still allows that it is sent again. */
  mayGo?(item: I): Promise<boolean>;
  /** The changes that save the raised `sends` before the same is sent again, and the item after them. */
  claim(item: I, now: Instant): { changes: readonly Change[]; send: I };
  /** Calls the provider once, with the saved key and bytes. */
  call(item: I): Promise<Attempted<T>>;
  /** The changes that make this end true. */
  record(item: I, end: End<T>): readonly Change[];
};
