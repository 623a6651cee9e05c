import type { Change } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Problem } from './problem.ts';

type Decision = {
  answer: Withdrawal | Problem;
  changes: readonly Change[];
  /** What to answer when a change other than that of the withdrawal was refused (by index). */
  refused?: (index: number) => Promise<Problem>;
};

/** Decides on what is true now and makes it so; decides anew when a step was faster. */
export async function decideAndCommit(
  store: Store,
  id: Withdrawal['id'],
  decide: (from: Withdrawal) => Decision,
): Promise<Withdrawal | Problem> {
  for (;;) {
    const [from] = await store.withdrawals([id]);
    if (from === undefined) throw new Error(`${id} is gone`);
    const { answer, changes, refused } = decide(from);
    if (changes.length === 0) return answer;
    const indexes = await store.commit(changes);
    if (indexes.length === 0) return answer;
    const other = indexes.find((index) => index > 0);
    if (!indexes.includes(0) && other !== undefined && refused !== undefined) return refused(other);
    // Each round that is refused means that the withdrawal has moved on, which it does a few times only.
  }
}
