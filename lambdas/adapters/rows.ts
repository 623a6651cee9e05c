/** Withdrawals, wallets and their transactions as rows of the `money` table. Written and read here only. */
import * as z from 'zod';
import type { Due } from '../core/doorbells.ts';
import type { Instant, TransactionId, WalletId, WithdrawalId } from '../core/ids.ts';
import { bucketOf } from '../core/ids.ts';
import { dueShards, inboxShards, tenantListShards } from '../core/limits.ts';
import { currencies, type Minor } from '../core/money.ts';
import type { Wallet, WalletTransaction } from '../core/wallet.ts';
import { failureCodes, map, networks, type Stage, type Withdrawal } from '../core/withdrawal.ts';

export type Row = Record<string, unknown>;

const integer = z.bigint().transform(Number);
export const instant = z.bigint().transform((value) => Number(value) as Instant);
export const minorNumber = z.bigint().transform((value) => value as Minor);
const hex = z.string().transform((text) => text as `0x${string}`);
const stage = z.enum(Object.keys(map) as [Stage, ...Stage[]]);
const metadata = z.record(z.string(), z.string()).default({});
const absentIsNull = z.string().nullable().default(null);
const walletIdText = z.string().transform((text) => text as WalletId);

export const keyOf = {
  withdrawal: (id: WithdrawalId) => ({ pk: `WD#${id}`, sk: 'META' }),
  effect: (id: WithdrawalId) => ({ pk: `WD#${id}`, sk: 'EFFECT#on-ramp' }),
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
export const duePartition = (shard: number): string => `DUE#${shard}`;
/** Sorts by acceptance, then by id. */
const orderOf = (at: Instant, id: string): string => `${String(at).padStart(14, '0')}#${id}`;
export const acceptedAtOf = (order: string): Instant => Number(order.slice(0, 14)) as Instant;

const failure = z.object({
  code: z.enum(failureCodes),
  message: z.string(),
  retryable: z.boolean(),
});
const proof = z.discriminatedUnion('proof', [
  z.object({ proof: z.literal('never-sent') }),
  z.object({ proof: z.literal('refused'), code: z.string() }),
  z.object({ proof: z.literal('cancelled'), blockHash: hex, logIndex: integer }),
]);

const withdrawalRow = z.object({
  id: z.string().transform((text) => text as WithdrawalId),
  tenant: z.string(),
  walletId: walletIdText,
  amount: minorNumber,
  currency: z.enum(currencies),
  asset: z.literal('USDC'),
  network: z.enum(networks),
  destination: hex,
  reference: absentIsNull,
  metadata,
  maxRetries: integer,
  idempotencyKey: z.string(),
  requestHash: z.string(),
  createdAt: instant,
  updatedAt: instant,
  acceptedAt: instant.optional(),
  countedOn: absentIsNull,
  takeUps: integer.default(0),
  version: integer,
  history: z.array(
    z.object({
      stage,
      at: instant,
      attempt: integer.optional(),
      detail: z.string().optional(),
    }),
  ),
  retryCount: integer.default(0),
  stageRetries: integer.default(0),
  nextAttemptAt: instant.nullable().default(null),
  dueAt: instant.nullable().default(null),
  payoutBarrier: z.enum(['OPEN', 'CLOSED']),
  stage,
  payout: minorNumber.optional(),
  fee: minorNumber.optional(),
  attempts: integer.optional(),
  txHash: hex.optional(),
  fromBlock: integer.optional(),
  blockNumber: integer.optional(),
  blockHash: hex.optional(),
  logIndex: integer.optional(),
  confirmations: integer.optional(),
  failure: failure.optional(),
  proof: proof.optional(),
  heldFrom: stage.optional(),
});

const converted = ['payout', 'fee'];
const signed = [...converted, 'attempts', 'txHash', 'fromBlock'];
const paid = [...signed, 'blockNumber', 'blockHash', 'logIndex', 'confirmations'];
const refund = ['failure', 'proof'];
/** The facts that a row must have in its stage: the row's half of the type `FactsOf`. */
const factsIn: Partial<Record<Stage, readonly string[]>> = {
  converted,
  signed,
  broadcast: signed,
  confirmed: paid,
  settled: paid,
  refunding: refund,
  refunded: refund,
  rejected: ['failure'],
  cancelled: ['failure'],
  review: ['failure', 'heldFrom'],
};

export function withdrawalFrom(row: unknown): Withdrawal {
  const parsed = withdrawalRow.parse(row);
  const missing = (factsIn[parsed.stage] ?? []).filter((fact) => !(fact in parsed));
  if (missing.length > 0)
    throw new Error(`${parsed.id} is ${parsed.stage} without ${missing.join(', ')}`);
  return { ...parsed, acceptedAt: parsed.acceptedAt ?? parsed.createdAt } as Withdrawal;
}

const dueRow = withdrawalRow.pick({
  id: true,
  walletId: true,
  stage: true,
  updatedAt: true,
  nextAttemptAt: true,
  currency: true,
  asset: true,
});
/** The part of a withdrawal that sweep looks at. */
export const dueFrom = (row: unknown): Due => dueRow.parse(row);

/** What is at its default is left out of the row: an item's size is its price. */
export function withdrawalToRow(withdrawal: Withdrawal): Row {
  const { id, walletId, createdAt, stage: at, dueAt } = withdrawal;
  const {
    reference,
    metadata: labels,
    retryCount,
    stageRetries,
    nextAttemptAt,
    acceptedAt,
    countedOn,
    takeUps,
    ...rest
  } = withdrawal;
  return {
    ...keyOf.withdrawal(id),
    ...rest,
    type: 'WITHDRAWAL',
    list: `WD#${walletId}`,
    tenantList: tenantListPartition(withdrawal.tenant, bucketOf(id, tenantListShards)),
    referenceList:
      reference === null ? undefined : referenceListPartition(withdrawal.tenant, reference),
    order: orderOf(createdAt, id),
    acceptedAt: acceptedAt === createdAt ? undefined : acceptedAt,
    countedOn: countedOn ?? undefined,
    takeUps: takeUps > 0 ? takeUps : undefined,
    reference: reference ?? undefined,
    metadata: Object.keys(labels).length > 0 ? labels : undefined,
    retryCount: retryCount > 0 ? retryCount : undefined,
    stageRetries: stageRetries > 0 ? stageRetries : undefined,
    nextAttemptAt: nextAttemptAt ?? undefined,
    dueAt: dueAt ?? undefined,
    dueShard: dueAt === null ? undefined : duePartition(bucketOf(id, dueShards)),
    inbox: at === 'requested' ? inboxPartition(walletId, bucketOf(id, inboxShards)) : undefined,
    inboxOrder: at === 'requested' ? orderOf(acceptedAt, id) : undefined,
  };
}

const transactionRow = z.object({
  id: z.string().transform((text) => text as TransactionId),
  tenant: z.string(),
  walletId: walletIdText,
  type: z.enum(['CREDIT', 'DEBIT']),
  amount: minorNumber,
  currency: z.enum(currencies),
  reference: absentIsNull,
  metadata,
  requestHash: z.string(),
  createdAt: instant,
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
  const parsed = transactionRow.parse(row);
  const complete =
    parsed.status === 'PENDING' ||
    (parsed.processedAt !== undefined &&
      (parsed.status === 'PROCESSED' || parsed.failure !== undefined));
  if (!complete) throw new Error(`${parsed.id} is ${parsed.status} without its facts`);
  return parsed as WalletTransaction;
}

/** `dueAfterMs`: how long after its creation sweep starts to look for it. */
export function transactionToRow(transaction: WalletTransaction, dueAfterMs: number): Row {
  const { id, walletId, createdAt, reference, metadata: labels, status, ...rest } = transaction;
  const waits = status === 'PENDING';
  return {
    ...keyOf.transaction(id),
    ...rest,
    id,
    walletId,
    createdAt,
    status,
    reference: reference ?? undefined,
    metadata: Object.keys(labels).length > 0 ? labels : undefined,
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
  funding: z.object({ type: z.literal('ledger') }),
  reference: absentIsNull,
  metadata,
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
