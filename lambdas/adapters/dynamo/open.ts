/**
 * The entries of a withdrawal in the sparse indexes that sweep reads: `open` has whatever has not ended, what is in REVIEW too, in
 * the order of creation; `due` has what is to be looked at at a time of its own.
 */
import { bucketOf } from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import { isSeenAnyway } from '../../core/withdrawal/due.ts';
import { hasEnded } from '../../core/withdrawal/waiting.ts';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import { duePartition } from './keys.ts';

export const openPartitions = Array.from({ length: dueShards }, (_, shard) => `OPEN#${shard}`);

/** What puts the row of a withdrawal into the indexes, or takes it out. The sort keys, `order` and `dueAt`, are there anyway. */
export function sweepEntries(withdrawal: Withdrawal) {
  const { id, dueAt } = withdrawal;
  const shard = bucketOf(id, dueShards);
  return {
    openShard: hasEnded(withdrawal) ? undefined : openPartitions[shard],
    dueShard: dueAt === null || isSeenAnyway(withdrawal) ? undefined : duePartition(shard),
  };
}
