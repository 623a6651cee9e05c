/** Decisions on what a client asks of an existing withdrawal. */
import type { Change } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import type { Problem } from './problem.ts';

type Decision = {
  answer: Withdrawal | Problem;
  changes: readonly Change[];
  /** The answer when another change than the first, which is the withdrawal's, was refused; `index` says which. */
  refused?: (index: number) => Promise<Problem>;
};

/** Decides on the withdrawal as it is now, and commits. When a step has changed it meanwhile, it decides again. */
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
    // Each further round means that the withdrawal has moved on, which it does a few times only.
  }
}
