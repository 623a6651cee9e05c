/** The books of a small world of one rail, in memory: as much of the store as 4-broadcast and 5-confirm use on every rail. */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import { cancelledByUs, ending } from '../../../lambdas/core/payout/ending.ts';
import type { PayoutAttempt } from '../../../lambdas/core/store/attempt.ts';
import type { Change } from '../../../lambdas/core/store/change.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import { at } from '../../support/things.ts';

const attemptKey = ({ withdrawalId, number }: PayoutAttempt): string => `${withdrawalId} ${number}`;

export function memoryOf() {
  const withdrawals = new Map<WithdrawalId, Withdrawal>();
  const attempts = new Map<string, PayoutAttempt>();
  /** All that was ever saved, whatever the books know of it now. */
  const written: PayoutAttempt[] = [];
  const forgotten = new Set<WithdrawalId>();
  const read = async (ids: readonly WithdrawalId[]) =>
    ids.flatMap((id) => withdrawals.get(id) ?? []);
  return {
    ...{ withdrawals, attempts, written, forgotten },
    /** `null`: it is a change of the rail's own. */
    isRefused: (change: Change): boolean | null => {
      if (change.change === 'withdrawal')
        return withdrawals.get(change.from.id)?.version !== change.from.version;
      return change.change === 'attempt' ? attempts.has(attemptKey(change.attempt)) : null;
    },
    make: (change: Change): void => {
      if (change.change === 'withdrawal') withdrawals.set(change.to.id, change.to);
      if (change.change !== 'attempt') return;
      attempts.set(attemptKey(change.attempt), change.attempt);
      written.push(change.attempt);
    },
    reads: {
      withdrawals: read,
      readable: read,
      attempt: async (id: WithdrawalId, number: number) => attempts.get(`${id} ${number}`) ?? null,
      batch: async () => null,
    },
    ids: (): WithdrawalId[] => [...withdrawals.keys()],
    /** Whether anything has no verdict, but what waits for a person because the books have forgotten it. */
    isOpen: (): boolean =>
      [...withdrawals.values()].some(
        ({ id, stage, nextAttemptAt }) =>
          ['signed', 'broadcast'].includes(stage) ||
          (stage === 'reserved' && !(forgotten.has(id) && nextAttemptAt !== null)),
      ),
    /** As an operator does it. */
    end: (id: WithdrawalId, now: number): void => {
      const from = withdrawals.get(id);
      if (from?.stage !== 'signed' && from?.stage !== 'broadcast') return;
      withdrawals.set(id, ending(from, cancelledByUs, at(now)));
    },
    /** The books are of an earlier time again: they have forgotten what was signed. That it was is kept elsewhere. */
    forget: (): void => {
      for (const [id, one] of withdrawals) {
        if (one.stage !== 'reserved') forgotten.add(id);
        const { history } = one;
        const reserved = { ...one, stage: 'reserved', history: history.slice(0, 2) } as typeof one;
        withdrawals.set(id, { ...reserved, nextAttemptAt: null });
      }
      attempts.clear();
    },
  };
}
