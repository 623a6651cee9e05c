/** Translates wallets, their balances and their transactions to and from rows of the `money` table. */
import * as z from 'zod';
import { bucketOf, type TransactionId, type WalletId } from '../../core/kernel/ids.ts';
import { dueShards } from '../../core/kernel/limits.ts';
import { currencies } from '../../core/kernel/money.ts';
import type { Balance } from '../../core/ledger/ledger.ts';
import type { BalanceItem } from '../../core/ledger/tail.ts';
import type { Wallet, WalletTransaction } from '../../core/ledger/wallet.ts';
import { inboxShardsBefore, listShardsBefore } from '../../core/wallet/limits.ts';
import { tailFrom, tailToField } from './block-row.ts';
import {
  absentIsNull,
  bytesOf,
  digest,
  idInKey,
  instant,
  integer,
  labels,
  minorNumber,
  walletIdText,
} from './fields.ts';
import { acceptedAt, duePartition, inboxPartition, keyOf, orderOf, type Row } from './keys.ts';

const balanceRow = z.object({
  pk: idInKey<WalletId>(),
  available: minorNumber,
  held: minorNumber,
  version: integer,
  entries: integer,
  lastHash: digest,
  suspended: z.literal(true).optional(),
  takenUpTo: z.string().optional(),
});
export function balanceFrom(row: unknown): Balance {
  const { pk: walletId, suspended, takenUpTo, ...rest } = balanceRow.parse(row);
  return {
    walletId,
    ...rest,
    ...(suspended === undefined ? {} : { suspended }),
    ...(takenUpTo === undefined ? {} : { takenUpTo }),
  };
}
/** With its tail, which only the next block needs, and who reads the ledger. */
export const balanceItemFrom = (row: unknown): BalanceItem => ({
  ...balanceFrom(row),
  tail: tailFrom(row),
});
/** Blocks leave alone whether the wallet is suspended: that is written with the wallet itself. */
export const balanceToRow = ({ walletId, suspended: _, tail, ...rest }: BalanceItem): Row => ({
  ...keyOf.balance(walletId),
  ...rest,
  lastHash: bytesOf(rest.lastHash),
  tail: tailToField(tail),
});

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
  requestedBy: absentIsNull,
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

/** The transaction of a row. Throws when the row lacks what its status needs. */
export function transactionFrom(row: unknown): WalletTransaction {
  const { pk: id, order: createdAt, ...rest } = transactionRow.parse(row);
  const complete =
    rest.status === 'PENDING' ||
    (rest.processedAt !== undefined && (rest.status === 'PROCESSED' || rest.failure !== undefined));
  if (!complete) throw new Error(`${id} is ${rest.status} without its facts`);
  return { id, createdAt, ...rest } as WalletTransaction;
}

/**
 * The row of a transaction. Sweep looks for it from `dueAfterMs` after its creation while it is PENDING; until then it waits in
 * one of its wallet's `shards`.
 */
export function transactionToRow(
  transaction: WalletTransaction,
  dueAfterMs: number,
  shards = 1,
): Row {
  const { id, createdAt, reference, metadata, ...rest } = transaction;
  const { walletId } = rest;
  const waits = rest.status === 'PENDING';
  return {
    ...keyOf.transaction(id),
    ...rest,
    requestHash: bytesOf(rest.requestHash),
    reference: reference ?? undefined,
    requestedBy: rest.requestedBy ?? undefined,
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    list: `TXN#${walletId}`,
    order: orderOf(createdAt, id),
    dueAt: waits ? createdAt + dueAfterMs : undefined,
    dueShard: waits ? duePartition(bucketOf(id, dueShards)) : undefined,
    inbox: waits ? inboxPartition(walletId, bucketOf(id, shards)) : undefined,
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
  inboxShards: integer.default(inboxShardsBefore),
  listShards: integer.default(listShardsBefore),
  listed: z.literal(true).optional(),
  reference: absentIsNull,
  metadata: labels,
  createdAt: instant,
  updatedAt: instant,
});

export function walletFrom(row: unknown): Wallet {
  const { listed, ...rest } = walletRow.parse(row);
  return { ...rest, ...(listed === undefined ? {} : { listed }) };
}

export const walletToRow = (wallet: Wallet): Row => ({
  ...keyOf.wallet(wallet.id),
  ...wallet,
  inboxShards: wallet.inboxShards === inboxShardsBefore ? undefined : wallet.inboxShards,
  listShards: wallet.listShards === listShardsBefore ? undefined : wallet.listShards,
  reference: wallet.reference ?? undefined,
  list: `WAL#${wallet.tenant}`,
  order: orderOf(wallet.createdAt, wallet.id),
});
