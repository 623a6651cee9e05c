/** The books of a world of Solana, in memory. */
import type { Change } from '../../../lambdas/core/store/change.ts';
import type { Store } from '../../../lambdas/core/store/store.ts';
import type { Lot, Payouts, Promised, Treasury } from '../../../lambdas/core/store/treasury.ts';
import { memoryOf } from '../rails/books.ts';

const none: Promised = { sum: 0n, height: null, payouts: new Map() };

const hasAll = (payouts: Payouts, some: Payouts): boolean =>
  [...some].every(([id, value]) => payouts.get(id) === value);
const without = (payouts: Payouts, some: Payouts) =>
  new Map([...payouts].filter(([id]) => !some.has(id)));
/** As the table has it: a payout that is promised again later is in another one. */
const lotKey = ({ at, id }: Lot): string => `${at} ${id}`;

export function memoryBooks() {
  const memory = memoryOf();
  const numbers = new Map<string, number>();
  const promised = new Map<string, Promised>();
  const lots = new Map<string, Map<string, Lot>>();
  const keyOf = ({ payer, token }: Treasury): string => `${payer} ${token}`;
  const lotsOf = (treasury: Treasury): Map<string, Lot> => {
    const known = lots.get(keyOf(treasury)) ?? new Map<string, Lot>();
    lots.set(keyOf(treasury), known);
    return known;
  };
  const promisedOf = (treasury: Treasury): Promised => promised.get(keyOf(treasury)) ?? none;
  const isRefused = (change: Change): boolean => {
    switch (change.change) {
      case 'sequence':
        return (numbers.get(change.sequence.address) ?? null) !== change.from;
      case 'promise': {
        const { sum, height, payouts } = promisedOf(change.treasury);
        return (
          sum + change.by > change.most ||
          (height ?? 0) > change.height ||
          !hasAll(payouts, change.moved)
        );
      }
      case 'release': {
        const { height, payouts } = promisedOf(change.treasury);
        return height !== change.from.height || !hasAll(payouts, change.decided);
      }
      case 'lot':
        return lotsOf(change.treasury).has(lotKey(change.lot));
      case 'lot-done':
        return !lotsOf(change.treasury).has(lotKey(change.lot));
      default: {
        const isRefused = memory.isRefused(change);
        if (isRefused === null) throw new Error(`the rail of Solana makes no ${change.change}`);
        return isRefused;
      }
    }
  };
  const make = (change: Change): void => {
    memory.make(change);
    if (change.change === 'sequence') numbers.set(change.sequence.address, change.to);
    if (change.change === 'promise') {
      const { sum, height, payouts: before } = promisedOf(change.treasury);
      const payouts = without(before, change.moved);
      for (const [id, value] of change.named) payouts.set(id, (payouts.get(id) ?? 0n) + value);
      promised.set(keyOf(change.treasury), { sum: sum + change.by, height, payouts });
    }
    if (change.change === 'release') {
      const { sum, payouts: before } = promisedOf(change.treasury);
      const payouts = without(before, change.decided);
      const { height } = change;
      promised.set(keyOf(change.treasury), { sum: sum - change.by, height, payouts });
    }
    if (change.change === 'lot') lotsOf(change.treasury).set(lotKey(change.lot), change.lot);
    if (change.change === 'lot-done') lotsOf(change.treasury).delete(lotKey(change.lot));
  };
  const store = {
    ...memory.reads,
    // As DynamoDB does it: what is taken away is there again for what is put in the same transaction.
    commit: async (changes: readonly Change[]) => {
      const done = new Set(
        changes.flatMap((one) => (one.change === 'lot-done' ? [lotKey(one.lot)] : [])),
      );
      const refused = changes.flatMap((change, index) =>
        change.change === 'lot' && done.has(lotKey(change.lot))
          ? []
          : isRefused(change)
            ? [index]
            : [],
      );
      if (refused.length === 0) {
        for (const one of changes) if (one.change === 'lot-done') make(one);
        for (const one of changes) if (one.change !== 'lot-done') make(one);
      }
      return refused;
    },
    nextNumber: async ({ address }: { address: string }) => numbers.get(address) ?? null,
    promised: async (treasury: Treasury) => promisedOf(treasury),
    lots: async (treasury: Treasury, limit: number) =>
      [...lotsOf(treasury).values()].slice(0, limit),
  } as unknown as Store;
  /** The values of nonce accounts that payouts are bound to: `account/value`. */
  const bindings = (): string[] => [...numbers.keys()].filter((one) => !one.startsWith('payout/'));
  return {
    ...{ ...memory, store, bindings },
    promises: (): bigint[] => [...promised.values()].map(({ sum }) => sum),
    promisedBy: (payer: string, token: string): bigint =>
      promised.get(`${payer} ${token}`)?.sum ?? 0n,
  };
}
