/** The books of a world of bitcoin, in memory: as much of the store as 4-broadcast and 5-confirm use on this rail. */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import type { PayoutAttempt } from '../../../lambdas/core/store/attempt.ts';
import type { Change } from '../../../lambdas/core/store/change.ts';
import type { BoundOutputs } from '../../../lambdas/core/store/outputs.ts';
import type { Store } from '../../../lambdas/core/store/store.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';

export function memoryBooks() {
  const withdrawals = new Map<WithdrawalId, Withdrawal>();
  const attempts = new Map<string, PayoutAttempt>();
  const bound = new Map<string, WithdrawalId>();
  const isRefused = (change: Change): boolean => {
    switch (change.change) {
      case 'withdrawal':
        return withdrawals.get(change.from.id)?.version !== change.from.version;
      case 'attempt':
        return attempts.has(`${change.attempt.withdrawalId} ${change.attempt.number}`);
      case 'output':
        return bound.has(change.outpoint);
      default:
        throw new Error(`the rail of bitcoin makes no ${change.change}`);
    }
  };
  const make = (change: Change): void => {
    if (change.change === 'withdrawal') withdrawals.set(change.to.id, change.to);
    if (change.change === 'attempt')
      attempts.set(`${change.attempt.withdrawalId} ${change.attempt.number}`, change.attempt);
    if (change.change === 'output') bound.set(change.outpoint, change.withdrawalId);
  };
  const commit: Store['commit'] = async (changes) => {
    const refused = changes.flatMap((change, index) => (isRefused(change) ? [index] : []));
    if (refused.length === 0) changes.forEach(make);
    return refused;
  };
  const store = {
    commit,
    withdrawals: async (ids: readonly WithdrawalId[]) =>
      ids.flatMap((id) => withdrawals.get(id) ?? []),
    attempt: async (id: WithdrawalId, number: number) => attempts.get(`${id} ${number}`) ?? null,
    batch: async () => null,
  } as unknown as Store;
  const outputs: BoundOutputs = {
    owners: async (_network, outpoints) =>
      new Map(
        outpoints.flatMap((one) => {
          const id = bound.get(one);
          return id === undefined ? [] : [[one, id] as const];
        }),
      ),
  };
  return { withdrawals, attempts, store, outputs };
}
