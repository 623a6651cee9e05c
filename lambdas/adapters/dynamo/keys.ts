/** Keys of the items of the `money` table and of the partitions of its indexes. */
import * as z from 'zod';
import type { TransactionId, WalletId, WithdrawalId } from '../../core/kernel/ids.ts';
import { placeOf, timeOfPlace } from '../../core/kernel/place.ts';
import type { JournalPurpose } from '../../core/store/journal-record.ts';

export type Row = Record<string, unknown>;

/** How the sort keys of a withdrawal's wires begin. */
export const wiresBegin = 'EFFECT#wire#';
/** Keys of items. Everything of a withdrawal is in one partition, and a wallet with its balance and blocks in another. */
export const keyOf = {
  withdrawal: (id: WithdrawalId) => ({ pk: `WD#${id}`, sk: 'META' }),
  conversion: (id: WithdrawalId) => ({ pk: `WD#${id}`, sk: 'EFFECT#on-ramp' }),
  journal: (id: WithdrawalId, purpose: JournalPurpose) => ({
    pk: `WD#${id}`,
    sk: `EFFECT#${purpose}`,
  }),
  wire: (id: WithdrawalId, transferId: string) => ({
    pk: `WD#${id}`,
    sk: wiresBegin + transferId,
  }),
  batch: (id: string) => ({ pk: `BATCH#${id}`, sk: 'ATTEMPT' }),
  attempt: (id: WithdrawalId, number: number) => ({ pk: `WD#${id}`, sk: `ATTEMPT#${number}` }),
  transaction: (id: TransactionId) => ({ pk: `TXN#${id}`, sk: 'META' }),
  wallet: (id: WalletId) => ({ pk: `WAL#${id}`, sk: 'WALLET' }),
  balance: (id: WalletId) => ({ pk: `WAL#${id}`, sk: 'BALANCE' }),
  block: (id: WalletId, sequence: number) => ({
    pk: `WAL#${id}`,
    sk: `BLOCK#${String(sequence).padStart(12, '0')}`,
  }),
};

/** The partition of the `inbox` index in which operations of this wallet wait. */
export const inboxPartition = (walletId: WalletId, shard: number): string => `${walletId}#${shard}`;
/**
 * The partitions of the `byWallet` index in which all withdrawals of this wallet are, in order of creation. The first has no number, for
 * there was no other once.
 */
export const walletListPartition = (walletId: WalletId, shard: number): string =>
  shard === 0 ? `WD#${walletId}` : `WD#${walletId}#${shard}`;
export const walletListPartitions = (walletId: WalletId, shards: number): string[] =>
  Array.from({ length: shards }, (_, shard) => walletListPartition(walletId, shard));
/** The partitions of the lists of a tenant's withdrawals: of all of them, and of those with one reference. */
export const tenantListPartition = (tenant: string, shard: number): string => `${tenant}#${shard}`;
export const referenceListPartition = (tenant: string, reference: string): string =>
  `${tenant}#${reference}`;
export const referenceIn = (partition: string | undefined, tenant: string): string | null =>
  partition === undefined ? null : partition.slice(tenant.length + 1);
/** The partition of the `byWallet` index in which the wires with this memo are. */
export const wireListPartition = (memo: string): string => `WIRE#${memo}`;
export const duePartition = (shard: number): string => `DUE#${shard}`;
export const orderOf = placeOf;
export const acceptedAtOf = timeOfPlace;
export const acceptedAt = z.string().transform(acceptedAtOf);
