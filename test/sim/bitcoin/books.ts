/** The books of a world of bitcoin, in memory. */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import type { Change } from '../../../lambdas/core/store/change.ts';
import type { BoundOutputs } from '../../../lambdas/core/store/outputs.ts';
import type { Store } from '../../../lambdas/core/store/store.ts';
import { memoryOf } from '../rails/books.ts';

export function memoryBooks() {
  const memory = memoryOf();
  const bound = new Map<string, WithdrawalId>();
  const isRefused = (change: Change): boolean => {
    if (change.change === 'output') return bound.has(change.outpoint);
    const isRefused = memory.isRefused(change);
    if (isRefused === null) throw new Error(`the rail of bitcoin makes no ${change.change}`);
    return isRefused;
  };
  const make = (change: Change): void => {
    memory.make(change);
    if (change.change === 'output') bound.set(change.outpoint, change.withdrawalId);
  };
  const commit: Store['commit'] = async (changes) => {
    const refused = changes.flatMap((change, index) => (isRefused(change) ? [index] : []));
    if (refused.length === 0) changes.forEach(make);
    return refused;
  };
  const outputs: BoundOutputs = {
    owners: async (_network, outpoints) =>
      new Map(
        outpoints.flatMap((one) => {
          const id = bound.get(one);
          return id === undefined ? [] : [[one, id] as const];
        }),
      ),
  };
  const store = { ...memory.reads, commit } as unknown as Store;
  /** That a payout was signed is kept as an output that there is not. */
  const boundOutputs = () => new Map([...bound].filter(([output]) => output.includes(':')));
  return { ...memory, store, outputs, boundOutputs };
}
