/** The books of a world of Solana, in memory: as much of the store as 4-broadcast and 5-confirm use on this rail. */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import type { PayoutAttempt } from '../../../lambdas/core/store/attempt.ts';
import type { Change } from '../../../lambdas/core/store/change.ts';
import type { Store } from '../../../lambdas/core/store/store.ts';
import type { Lot, Promised, Treasury } from '../../../lambdas/core/store/treasury.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';

const none: Promised = { sum: 0n, height: null };

export function memoryBooks() {
  const withdrawals = new Map<WithdrawalId, Withdrawal>();
  const attempts = new Map<string, PayoutAttempt>();
  const numbers = new Map<string, number>();
  const promised = new Map<string, Promised>();
  const lots = new Map<string, Map<string, Lot>>();
  const lotsOf = ({ token }: Treasury): Map<string, Lot> => {
    const known = lots.get(token) ?? new Map<string, Lot>();
    lots.set(token, known);
    return known;
  };
  const promisedOf = ({ token }: Treasury): Promised => promised.get(token) ?? none;
  const isRefused = (change: Change): boolean => {
    switch (change.change) {
      case 'withdrawal':
        return withdrawals.get(change.from.id)?.version !== change.from.version;
      case 'attempt':
        return attempts.has(`${change.attempt.withdrawalId} ${change.attempt.number}`);
      case 'sequence':
        return (numbers.get(change.sequence.address) ?? null) !== change.from;
      case 'promise': {
        const { sum, height } = promisedOf(change.treasury);
        return sum + change.by > change.most || (height ?? 0) > change.height;
      }
      case 'release':
        return promisedOf(change.treasury).height !== change.from.height;
      case 'lot':
        return lotsOf(change.treasury).has(change.lot.id);
      case 'lot-done':
        return !lotsOf(change.treasury).has(change.lot.id);
      default:
        throw new Error(`the rail of Solana makes no ${change.change}`);
    }
  };
  const make = (change: Change): void => {
    if (change.change === 'withdrawal') withdrawals.set(change.to.id, change.to);
    if (change.change === 'attempt')
      attempts.set(`${change.attempt.withdrawalId} ${change.attempt.number}`, change.attempt);
    if (change.change === 'sequence') numbers.set(change.sequence.address, change.to);
    if (change.change === 'promise') {
      const { sum, height } = promisedOf(change.treasury);
      promised.set(change.treasury.token, { sum: sum + change.by, height });
    }
    if (change.change === 'release') {
      const { sum } = promisedOf(change.treasury);
      promised.set(change.treasury.token, { sum: sum - change.by, height: change.height });
    }
    if (change.change === 'lot') lotsOf(change.treasury).set(change.lot.id, change.lot);
    if (change.change === 'lot-done') lotsOf(change.treasury).delete(change.lot.id);
  };
  const store = {
    // As DynamoDB does it: what is taken away is there again for what is put in the same transaction.
    commit: async (changes: readonly Change[]) => {
      const done = new Set(
        changes.flatMap((one) => (one.change === 'lot-done' ? [one.lot.id] : [])),
      );
      const refused = changes.flatMap((change, index) =>
        change.change === 'lot' && done.has(change.lot.id) ? [] : isRefused(change) ? [index] : [],
      );
      if (refused.length === 0) {
        for (const one of changes) if (one.change === 'lot-done') make(one);
        for (const one of changes) if (one.change !== 'lot-done') make(one);
      }
      return refused;
    },
    withdrawals: async (ids: readonly WithdrawalId[]) =>
      ids.flatMap((id) => withdrawals.get(id) ?? []),
    attempt: async (id: WithdrawalId, number: number) => attempts.get(`${id} ${number}`) ?? null,
    batch: async () => null,
    nextNumber: async ({ address }: { address: string }) => numbers.get(address) ?? null,
    promised: async (treasury: Treasury) => promisedOf(treasury),
    lots: async (treasury: Treasury, limit: number) =>
      [...lotsOf(treasury).values()].slice(0, limit),
  } as unknown as Store;
  return { withdrawals, attempts, store };
}
