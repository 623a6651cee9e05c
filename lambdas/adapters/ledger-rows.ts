/** Balances, blocks, effects and payout attempts as rows of the `money` table. */
import { bytesToHex, hexToBytes } from 'viem';
import * as z from 'zod';
import type { OperationId, WalletId, WithdrawalId } from '../core/ids.ts';
import { accountNames, type Balance, type Block, entryKinds } from '../core/ledger.ts';
import type { OnRampEffect } from '../core/on-ramp-effect.ts';
import type { PayoutAttempt } from '../core/payout.ts';
import { instant, keyOf, minorNumber, type Row } from './rows.ts';

const integer = z.bigint().transform(Number);
const hex = z.string().transform((text) => text as `0x${string}`);
/** Bytes are kept as bytes: as text they would be twice as large, and an item's size is its price. */
const bytes = z.instanceof(Uint8Array).transform((value) => bytesToHex(value));
const withdrawalIdText = z.string().transform((text) => text as WithdrawalId);

const balanceRow = z.object({
  walletId: z.string().transform((text) => text as WalletId),
  available: minorNumber,
  held: minorNumber,
  version: integer,
  entries: integer,
  lastHash: z.string(),
});
export const balanceFrom = (row: unknown): Balance => balanceRow.parse(row);
export const balanceToRow = (balance: Balance): Row => ({
  ...keyOf.balance(balance.walletId),
  ...balance,
});

const blockRow = z.object({
  walletId: z.string().transform((text) => text as WalletId),
  sequence: integer,
  at: instant,
  entries: z.array(
    z.object({
      kind: z.enum(entryKinds),
      amount: minorNumber,
      sourceId: z.string().transform((text) => text as OperationId),
      sequence: integer,
      debit: z.enum(accountNames),
      credit: z.enum(accountNames),
      availableAfter: minorNumber,
      heldAfter: minorNumber,
    }),
  ),
  prevHash: z.string(),
  hash: z.string(),
});
export const blockFrom = (row: unknown): Block => blockRow.parse(row);

export const blockToRow = (block: Block): Row => ({
  ...keyOf.block(block.walletId, block.sequence),
  ...block,
});

const effectRow = z.object({
  withdrawalId: withdrawalIdText,
  version: integer,
  quoteNumber: integer,
  quoteToken: z.string(),
  quoteExpiresAt: instant,
  recipientId: z.string(),
  source: minorNumber,
  payout: minorNumber,
  fee: minorNumber,
  sends: integer,
  firstSentAt: instant,
  lastSentAt: instant,
  refusedCode: z.string().nullable(),
  transferId: z.string().nullable(),
});
export const effectFrom = (row: unknown): OnRampEffect => effectRow.parse(row);
export const effectToRow = (effect: OnRampEffect): Row => ({
  ...keyOf.effect(effect.withdrawalId),
  ...effect,
});

const attemptRow = z.object({
  withdrawalId: withdrawalIdText,
  number: integer,
  chainId: integer,
  token: hex,
  authorization: z.object({ to: hex, value: minorNumber, validBefore: integer, nonce: bytes }),
  signature: bytes,
  carrier: z.object({
    from: hex,
    nonce: integer,
    fees: z.object({ maxFeePerGas: z.bigint(), maxPriorityFeePerGas: z.bigint() }),
  }),
  raw: bytes,
  hash: bytes,
  createdAt: instant,
});
export const attemptFrom = (row: unknown): PayoutAttempt => attemptRow.parse(row);
export const attemptToRow = (attempt: PayoutAttempt): Row => ({
  ...keyOf.attempt(attempt.withdrawalId, attempt.number),
  ...attempt,
  authorization: { ...attempt.authorization, nonce: hexToBytes(attempt.authorization.nonce) },
  signature: hexToBytes(attempt.signature),
  raw: hexToBytes(attempt.raw),
  hash: hexToBytes(attempt.hash),
});
