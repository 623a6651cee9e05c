/** Balances, effects and payout attempts as rows of the `money` table. Its blocks are in block-row.ts. */
import * as z from 'zod';
import type { WalletId, WithdrawalId } from '../core/ids.ts';
import type { JournalEffect } from '../core/journal.ts';
import type { Balance } from '../core/ledger.ts';
import type { OnRampEffect } from '../core/on-ramp-effect.ts';
import { payIns } from '../core/on-ramp-transfer.ts';
import type { PayoutAttempt } from '../core/payout.ts';
import type { WireEffect } from '../core/wire-effect.ts';
import {
  absentIsNull,
  address,
  bytesOf,
  digest,
  hex,
  idInKey,
  instant,
  integer,
  minorNumber,
} from './fields.ts';
import { keyOf, type Row } from './rows.ts';

const balanceRow = z.object({
  pk: idInKey<WalletId>(),
  available: minorNumber,
  held: minorNumber,
  version: integer,
  entries: integer,
  lastHash: digest,
});
export function balanceFrom(row: unknown): Balance {
  const { pk: walletId, ...rest } = balanceRow.parse(row);
  return { walletId, ...rest };
}
export const balanceToRow = ({ walletId, ...rest }: Balance): Row => ({
  ...keyOf.balance(walletId),
  ...rest,
  lastHash: bytesOf(rest.lastHash),
});

/** What every effect's row says (core/effect.ts). */
export const sentRow = {
  pk: idInKey<WithdrawalId>(),
  version: integer,
  sends: integer,
  firstSentAt: instant,
  lastSentAt: instant,
  refusedCode: absentIsNull,
  nothingSince: instant.nullable().default(null),
};
const effectRow = z.object({
  ...sentRow,
  payIn: z.enum(payIns).default('ach'),
  quoteNumber: integer,
  quoteToken: z.string(),
  quoteExpiresAt: instant,
  recipientId: z.string(),
  source: minorNumber,
  payout: minorNumber,
  fee: minorNumber,
  quoteUsed: z.boolean().default(false),
  transferId: absentIsNull,
});
export function effectFrom(row: unknown): OnRampEffect {
  const { pk: withdrawalId, ...rest } = effectRow.parse(row);
  return { withdrawalId, ...rest };
}
/** What is not known yet is left out. */
const known = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
export const effectToRow = ({ withdrawalId, ...rest }: OnRampEffect): Row =>
  known({
    ...keyOf.effect(withdrawalId),
    ...rest,
    payIn: rest.payIn === 'ach' ? null : rest.payIn,
    quoteUsed: rest.quoteUsed ? true : null,
  });

const journalRow = z.object({
  ...sentRow,
  purpose: z.enum(['debit', 'return']),
  attempt: integer,
  key: z.string(),
  bytes: z.string(),
  from: z.string(),
  to: z.string(),
  amount: minorNumber,
  journalId: absentIsNull,
});
export function journalFrom(row: unknown): JournalEffect {
  const { pk: withdrawalId, ...rest } = journalRow.parse(row);
  return { withdrawalId, ...rest };
}
export const journalToRow = ({ withdrawalId, ...rest }: JournalEffect): Row =>
  known({ ...keyOf.journal(withdrawalId, rest.purpose), ...rest });

export const wireToRow = ({ withdrawalId, ...rest }: WireEffect): Row =>
  known({ ...keyOf.wire(withdrawalId, rest.transferId), ...rest });

const attemptRow = z.object({
  pk: idInKey<WithdrawalId>(),
  number: integer,
  chainId: integer,
  token: address,
  authorization: z.object({
    to: address,
    value: minorNumber,
    validBefore: integer,
    nonce: hex,
  }),
  signature: hex,
  carrier: z.object({
    from: address,
    nonce: integer,
    fees: z.object({ maxFeePerGas: z.bigint(), maxPriorityFeePerGas: z.bigint() }),
  }),
  raw: hex,
  hash: hex,
  createdAt: instant,
});
export function attemptFrom(row: unknown): PayoutAttempt {
  const { pk: withdrawalId, ...rest } = attemptRow.parse(row);
  return { withdrawalId, ...rest };
}
export const attemptToRow = ({ withdrawalId, ...rest }: PayoutAttempt): Row => ({
  ...keyOf.attempt(withdrawalId, rest.number),
  ...rest,
  authorization: { ...rest.authorization, nonce: bytesOf(rest.authorization.nonce) },
  signature: bytesOf(rest.signature),
  raw: bytesOf(rest.raw),
  hash: bytesOf(rest.hash),
});
