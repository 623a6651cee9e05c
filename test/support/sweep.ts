/** Lists of what may be due, in memory, as the indexes give them. */
import type { OperationId, WalletId } from '../../lambdas/core/kernel/ids.ts';
import { dueShards } from '../../lambdas/core/kernel/limits.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import type { Listed, ListName, Place, Range } from '../../lambdas/core/outbox/laps.ts';
import type { Due } from '../../lambdas/core/outbox/patience.ts';
import type { DueIndex } from '../../lambdas/core/outbox/sweep.ts';

type Transaction = { id: OperationId; walletId: WalletId };
export type Listing = DueIndex & { reads: Range[]; looks: OperationId[][] };

/** All of a list is in its first part. `withdrawals` may change between the passes. */
export function listing(
  lists: Partial<Record<ListName, readonly Listed[]>>,
  withdrawals: readonly Due[] = [],
  transactions: readonly Transaction[] = [],
): Listing {
  const reads: Range[] = [];
  const looks: OperationId[][] = [];
  return {
    reads,
    looks,
    read: async (range) => {
      const { list, shard, after, until, newestFirst, from, limit } = range;
      reads.push(range);
      if (shard > 0) return { found: [], next: null };
      const within = (lists[list] ?? []).filter(({ at }) => at > after && at <= until);
      const sorted = within.toSorted((a, b) => a.at - b.at);
      if (newestFirst) sorted.reverse();
      const start = from === null ? 0 : sorted.findIndex(({ id }) => id === from['id']) + 1;
      const found = sorted.slice(start, start + limit);
      const last = found.at(-1);
      const isOver = start + limit >= sorted.length;
      return { found, next: isOver || last === undefined ? null : { id: last.id } };
    },
    look: async (ids) => {
      looks.push([...ids]);
      const wanted = new Set<string>(ids);
      return {
        withdrawals: withdrawals.filter(({ id }) => wanted.has(id)),
        transactions: transactions.filter(({ id }) => wanted.has(id)),
        unreadable: [],
      };
    },
  };
}

/** All of a list up to then, read to its end. */
export async function listedIn(
  { read }: Pick<DueIndex, 'read'>,
  list: ListName,
  until: Instant,
): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let shard = 0; shard < dueShards; shard += 1) {
    let from: Place | null = null;
    do {
      const range = { list, shard, until, from, after: -1 as Instant, newestFirst: false };
      const page: Awaited<ReturnType<DueIndex['read']>> = await read({ ...range, limit: 3 });
      all.push(...page.found);
      from = page.next;
    } while (from !== null);
  }
  return all;
}
