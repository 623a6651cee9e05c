/** Withdrawals, wallets and their transactions as rows of the `money` table. Written and read here only. */
import * as z from 'zod';
import type { JournalPurpose } from '../core/brokerage.ts';
import type { Due } from '../core/doorbells.ts';
import type { Instant, TransactionId, WalletId, WithdrawalId } from '../core/ids.ts';
import { bucketOf } from '../core/ids.ts';
import { dueShards, inboxShards, tenantListShards } from '../core/limits.ts';
import { currencies } from '../core/money.ts';
import type { Wallet, WalletTransaction } from '../core/wallet.ts';
import { networks, type Withdrawal } from '../core/withdrawal.ts';
import { facts, factsToRow, missingIn } from './facts-row.ts';
import {
  absentIsNull,
  address,
  bytesOf,
  digest,
  idInKey,
  instant,
  integer,
  labels,
  minorNumber,
  walletIdText,
} from './fields.ts';
import { historyFrom, historyRow, historyToRow, stage } from './history-row.ts';

export type Row = Record<string, unknown>;

/** The sort keys of a withdrawal's wires. */
export const wiresBegin = 'EFFECT#wire#';
export const keyOf = {
  withdrawal: (id: WithdrawalId) => ({ pk: `WD#${id}`, sk: 'META' }),
  effect: (id: WithdrawalId) => ({ pk: `WD#${id}`, sk: 'EFFECT#on-ramp' }),
  journal: (id: WithdrawalId, purpose: JournalPurpose) => ({
    pk: `WD#${id}`,
    sk: `EFFECT#${purpose}`,
  }),
  wire: (id: WithdrawalId, transferId: string) => ({
    pk: `WD#${id}`,
    sk: wiresBegin + transferId,
  }),
  attempt: (id: WithdrawalId, number: number) => ({ pk: `WD#${id}`, sk: `ATTEMPT#${number}` }),
  transaction: (id: TransactionId) => ({ pk: `TXN#${id}`, sk: 'META' }),
  wallet: (id: WalletId) => ({ pk: `WAL#${id}`, sk: 'WALLET' }),
  balance: (id: WalletId) => ({ pk: `WAL#${id}`, sk: 'BALANCE' }),
  block: (id: WalletId, sequence: number) => ({
    pk: `WAL#${id}`,
    sk: `BLOCK#${String(sequence).padStart(12, '0')}`,
  }),
};

/** Partition of the `inbox` index that an operation of this wallet waits in. */
export const inboxPartition = (walletId: WalletId, shard: number): string => `${walletId}#${shard}`;
/** Partitions of the lists of a tenant's withdrawals: all of them, and those with this reference. */
export const tenantListPartition = (tenant: string, shard: number): string => `${tenant}#${shard}`;
export const referenceListPartition = (tenant: string, reference: string): string =>
  `${tenant}#${reference}`;
const referenceIn = (partition: string | undefined, tenant: string): string | null =>
  partition === undefined ? null : partition.slice(tenant.length + 1);
export const duePartition = (shard: number): string => `DUE#${shard}`;
/** Sorts by acceptance, then by id. */
const orderOf = (at: Instant, id: string): string => `${String(at).padStart(14, '0')}#${id}`;
export const acceptedAtOf = (order: string): Instant => Number(order.slice(0, 14)) as Instant;
const acceptedAt = z.string().transform(acceptedAtOf);

const withdrawalRow = z.object({
  pk: idInKey<WithdrawalId>(),
  order: acceptedAt,
  tenant: z.string(),
  walletId: walletIdText,
  amount: minorNumber,
  currency: z.enum(currencies),
  asset: z.literal('USDC'),
  network: z.enum(networks),
  destination: address,
  referenceList: z.string().optional(),
  metadata: labels,
  maxRetries: integer,
  idempotencyKey: z.string(),
  requestHash: digest,
  updatedAt: instant,
  acceptedAt: instant.optional(),
  countedOn: absentIsNull,
  cancelRequested: z.boolean().default(false),
  takeUps: integer.default(0),
  version: integer,
  history: historyRow,
  retryCount: integer.default(0),
  stageRetries: integer.default(0),
  nextAttemptAt: instant.nullable().default(null),
  dueAt: instant.nullable().default(null),
  payoutBarrier: z.enum(['OPEN', 'CLOSED']),
  stage,
  ...facts,
});

export function withdrawalFrom(row: unknown): Withdrawal {
  const { pk: id, order: createdAt, ...parsed } = withdrawalRow.parse(row);
  const { history, acceptedAt, referenceList, ...rest } = parsed;
  const missing = missingIn(rest.stage, rest);
  if (missing.length > 0) throw new Error(`${id} is ${rest.stage} without ${missing.join(', ')}`);
  return {
    id,
    createdAt,
    acceptedAt: acceptedAt ?? createdAt,
    history: historyFrom(history, createdAt),
    reference: referenceIn(referenceList, rest.tenant),
    ...(rest.stage === 'debiting' ? { journalId: null } : {}),
    ...rest,
  } as Withdrawal;
}

const dueRow = withdrawalRow.pick({
  pk: true,
  walletId: true,
  stage: true,
  updatedAt: true,
  nextAttemptAt: true,
  currency: true,
  asset: true,
});
/** The part of a withdrawal that sweep looks at. */
export const dueFields = Object.keys(dueRow.shape);
export function dueFrom(row: unknown): Due {
  const { pk: id, ...rest } = dueRow.parse(row);
  return { id, ...rest };
}

/** What is at its default or follows from the rest is left out of the row, and digits are kept as bytes. */
export function withdrawalToRow(withdrawal: Withdrawal): Row {
  const { id, createdAt, acceptedAt, countedOn, cancelRequested, takeUps, ...more } = withdrawal;
  const { reference, metadata, retryCount, stageRetries, ...rest } = more;
  const { tenant, walletId, dueAt, stage: at, nextAttemptAt } = rest;
  const journalId = 'journalId' in rest ? (rest.journalId ?? null) : null;
  // Behind one whose journal may or may not be made, the wallet's others wait.
  const inInbox = at === 'requested' || (at === 'debiting' && journalId === null);
  return {
    ...keyOf.withdrawal(id),
    ...rest,
    list: `WD#${walletId}`,
    tenantList: tenantListPartition(tenant, bucketOf(id, tenantListShards)),
    referenceList: reference === null ? undefined : referenceListPartition(tenant, reference),
    order: orderOf(createdAt, id),
    acceptedAt: acceptedAt === createdAt ? undefined : acceptedAt,
    countedOn: countedOn ?? undefined,
    cancelRequested: cancelRequested ? true : undefined,
    takeUps: takeUps > 0 ? takeUps : undefined,
    requestHash: bytesOf(rest.requestHash),
    history: historyToRow(rest.history, createdAt),
    ...factsToRow(rest),
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    retryCount: retryCount > 0 ? retryCount : undefined,
    stageRetries: stageRetries > 0 ? stageRetries : undefined,
    nextAttemptAt: nextAttemptAt ?? undefined,
    dueAt: dueAt ?? undefined,
    dueShard: dueAt === null ? undefined : duePartition(bucketOf(id, dueShards)),
    journalId: at === 'debiting' || at === 'review' ? (journalId ?? undefined) : undefined,
    inbox: inInbox ? inboxPartition(walletId, bucketOf(id, inboxShards)) : undefined,
    inboxOrder: inInbox ? orderOf(acceptedAt, id) : undefined,
  };
}

const transactionRow = z.object({
  pk: idInKey<TransactionId>(),
  order: acceptedAt,
  tenant: z.string(),
  walletId: walletIdText,
  type: z.enum(['CREDIT', 'DEBIT']),
  amount: minorNumber,
  currency: z.enum(currencies),
  reference: absentIsNull,
  metadata: labels,
  requestHash: digest,
  version: integer,
  status: z.enum(['PENDING', 'PROCESSED', 'FAILED']),
  processedAt: instant.optional(),
  failure: z
    .object({
      code: z.enum(['INSUFFICIENT_FUNDS', 'BALANCE_LIMIT']),
      message: z.string(),
      retryable: z.boolean(),
    })
    .optional(),
});

export function transactionFrom(row: unknown): WalletTransaction {
  const { pk: id, order: createdAt, ...rest } = transactionRow.parse(row);
  const complete =
    rest.status === 'PENDING' ||
    (rest.processedAt !== undefined && (rest.status === 'PROCESSED' || rest.failure !== undefined));
  if (!complete) throw new Error(`${id} is ${rest.status} without its facts`);
  return { id, createdAt, ...rest } as WalletTransaction;
}

/** `dueAfterMs`: how long after its creation sweep starts to look for it. */
export function transactionToRow(transaction: WalletTransaction, dueAfterMs: number): Row {
  const { id, createdAt, reference, metadata, ...rest } = transaction;
  const { walletId } = rest;
  const waits = rest.status === 'PENDING';
  return {
    ...keyOf.transaction(id),
    ...rest,
    requestHash: bytesOf(rest.requestHash),
    reference: reference ?? undefined,
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    list: `TXN#${walletId}`,
    order: orderOf(createdAt, id),
    dueAt: waits ? createdAt + dueAfterMs : undefined,
    dueShard: waits ? duePartition(bucketOf(id, dueShards)) : undefined,
    inbox: waits ? inboxPartition(walletId, bucketOf(id, inboxShards)) : undefined,
    inboxOrder: waits ? orderOf(createdAt, id) : undefined,
  };
}

const walletRow = z.object({
  id: walletIdText,
  tenant: z.string(),
  currency: z.enum(currencies),
  status: z.enum(['ACTIVE', 'SUSPENDED']),
  funding: z.discriminatedUnion('type', [
    z.object({ type: z.literal('ledger') }),
    z.object({ type: z.literal('alpaca'), accountId: z.string() }),
  ]),
  reference: absentIsNull,
  metadata: labels,
  createdAt: instant,
  updatedAt: instant,
});

export const walletFrom = (row: unknown): Wallet => walletRow.parse(row);

export const walletToRow = (wallet: Wallet): Row => ({
  ...keyOf.wallet(wallet.id),
  ...wallet,
  reference: wallet.reference ?? undefined,
  list: `WAL#${wallet.tenant}`,
  order: orderOf(wallet.createdAt, wallet.id),
});
