/**
 * What the core tells of its work while it works, to whoever watches: the lines of the log and the spans of traces are made of it
 * (lambdas/boot/watch.ts). Nothing depends on it, and who watches cannot fail the work.
 */
import type { Attempted } from '../kernel/outcome.ts';
import type { Instant } from '../kernel/time.ts';
import type { TimelineEvent, Withdrawal } from './withdrawal.ts';

export type News =
  /** The withdrawal has come into a stage, waits, or is tried again: its timeline has this line more. `from` is `null` when it is new. */
  | { is: 'moved'; from: Withdrawal | null; to: Withdrawal; line: TimelineEvent }
  /** A credit or debit was accepted, or applied. */
  | { is: 'transaction'; id: string; walletId: string; status: string; code?: string }
  /** Something outside was asked to move money, for the time that `send` says. `spanId` is the span of this attempt. */
  | {
      is: 'attempt';
      what: string;
      send: number;
      spanId: string;
      startedAt: Instant;
      endedAt: Instant;
      /** `THREW`: an error came instead of an answer. */
      outcome: Attempted<unknown>['outcome'] | 'THREW';
      why?: string;
    };

type Watcher = (news: News) => void;
const nobody: Watcher = () => {};
let watcher: Watcher = nobody;

/** From now on `next` hears all news of this process. */
export const watchWith = (next: Watcher): void => {
  watcher = next;
};

export function tell(news: News): void {
  try {
    watcher(news);
  } catch {
    // Who watches has failed, and the work goes on: it has its own record.
  }
}
