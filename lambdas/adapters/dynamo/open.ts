/**
 * The entries of a withdrawal in the sparse indexes that sweep reads: `open` has whatever has not ended, what is in REVIEW too, in
 * the order of creation; `due` has what is to be looked at at a time of its own. In partitions of its own `open` has all wallets, for
 * reconciliation: those entries never change, so they cost nothing but their first write.
 */
import { bucketOf, type WalletId } from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import { isSeenAnyway } from '../../core/withdrawal/due.ts';
import { hasEnded } from '../../core/withdrawal/waiting.ts';
import type { Withdrawal } from '../../core/withdrawal/withdrawal.ts';
import { duePartition, orderOf } from './keys.ts';

export const openPartitions = Array.from({ length: dueShards }, (_, shard) => `OPEN#${shard}`);

/**
 * The partitions of the `inbox` index, where no wallet's inbox is, of what ended without having been held, by the time when it
 * ended: no block of a ledger tells reconciliation of it.
 */
export const unheldPartitions = Array.from({ length: dueShards }, (_, shard) => `UNHELD#${shard}`);

/** What puts the row of a withdrawal into the indexes, or takes it out. The sort keys, `order` and `dueAt`, are there anyway. */
export function sweepEntries(withdrawal: Withdrawal) {
  const { id, dueAt, stage, updatedAt } = withdrawal;
  const shard = bucketOf(id, dueShards);
  return {
    ...(stage === 'rejected' || stage === 'cancelled'
      ? { inbox: unheldPartitions[shard], inboxOrder: orderOf(updatedAt, id) }
      : {}),
    openShard: hasEnded(withdrawal) ? undefined : openPartitions[shard],
    dueShard: dueAt === null || isSeenAnyway(withdrawal) ? undefined : duePartition(shard),
  };
}

/**
 * What a write takes for having been there. Whatever the row has of these, they are written: rows of older code come into the indexes,
 * and leave them, as new ones do. Only what is known not to be there is not removed, for a statement removes one field at most
 * (lone-moves.ts).
 */
export const entriesBefore = (from: Withdrawal) => ({
  openShard: null,
  dueShard: from.strayDue || sweepEntries(from).dueShard !== undefined ? null : undefined,
});

/** Wallets are few beside what they do, and are read as a whole. */
const walletShards = 4;
const walletPartition = (shard: number): string => `WALLETS#${shard}`;
export const walletPartitions = Array.from({ length: walletShards }, (_, shard) =>
  walletPartition(shard),
);
/** What puts the row of a wallet into its index. The sort key, `order`, is there anyway. */
export const walletEntry = (id: WalletId) => ({
  openShard: walletPartition(bucketOf(id, walletShards)),
});
