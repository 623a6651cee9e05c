/** The entry of the sparse index `open`: whatever has not ended, what is in REVIEW too, in the order of creation. */
import { bucketOf } from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import { hasEnded } from '../../core/withdrawal/waiting.ts';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';

export const openPartitions = Array.from({ length: dueShards }, (_, shard) => `OPEN#${shard}`);

/** What puts the row of a withdrawal into the index, or takes it out. Its sort key, `order`, is there anyway. */
export const openEntry = (withdrawal: Withdrawal): { openShard: string | undefined } => ({
  openShard: hasEnded(withdrawal) ? undefined : openPartitions[bucketOf(withdrawal.id, dueShards)],
});
