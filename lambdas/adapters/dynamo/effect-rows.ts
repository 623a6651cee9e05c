/** Translates the records of effects (but wires: adapters/dynamo/wires.ts) and payout attempts to and from rows of `money`. */
import * as z from 'zod';
import type { WithdrawalId } from '../../core/kernel/ids.ts';
import type { Address } from '../../core/kernel/networks.ts';
import { afterBatch, type PayoutAttempt, type PayoutBatch } from '../../core/store/attempt.ts';
import type { EffectRecord } from '../../core/store/change.ts';
import { type ConversionRecord, payIns } from '../../core/store/conversion-record.ts';
import type { JournalRecord } from '../../core/store/journal-record.ts';
import { absentIsNull, idInKey, instant, integer, minorNumber, savedFields } from './fields.ts';
import { keyOf, type Row, wireListPartition } from './keys.ts';

/** The fields that the row of every effect has (core/store/send-record.ts). */
export const effectFields = {
  pk: idInKey<WithdrawalId>(),
  version: integer,
  sends: integer,
  firstSentAt: instant,
  lastSentAt: instant,
  refusedCode: absentIsNull,
  nothingSince: instant.nullable().default(null),
};
const conversionRow = z.object({
  ...effectFields,
  payIn: z.enum(payIns).default('ach'),
  quoteNumber: integer,
  quoteToken: z.string(),
  quoteExpiresAt: instant,
  recipientId: z.string(),
  payee: z
    .string()
    .transform((text) => text as Address)
    .optional(),
  source: minorNumber,
  payout: minorNumber,
  fee: minorNumber,
  quoteUsed: z.boolean().default(false),
  stoppedBy: z.string().optional(),
  transferId: absentIsNull,
  lastSaid: z.string().optional(),
  lastSaidAt: instant.optional(),
});
export function conversionFrom(row: unknown): ConversionRecord {
  const { pk: withdrawalId, ...rest } = conversionRow.parse(row);
  return { kind: 'conversion', withdrawalId, ...rest };
}
/** A field without a value stays as undefined, so that an update of the row removes it. */
const withoutNulls = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([field, value]) => [field, value ?? undefined]));

const journalRow = z.object({
  ...effectFields,
  purpose: z.enum(['debit', 'return']),
  attempt: integer,
  key: z.string(),
  bytes: z.string(),
  from: z.string(),
  to: z.string(),
  amount: minorNumber,
  counted: z.boolean().default(false),
  journalId: absentIsNull,
});
export function journalFrom(row: unknown): JournalRecord {
  const { pk: withdrawalId, ...rest } = journalRow.parse(row);
  return { kind: 'journal', withdrawalId, ...rest };
}

/** The row of a record. Its kind is in the key; fields that are null or at their default are left out. */
export function recordToRow({ withdrawalId, ...record }: EffectRecord): Row {
  const { kind, ...rest } = record;
  switch (record.kind) {
    case 'conversion':
      return withoutNulls({
        ...keyOf.conversion(withdrawalId),
        ...rest,
        payIn: record.payIn === 'ach' ? null : record.payIn,
        quoteUsed: record.quoteUsed ? true : null,
        stoppedBy: record.stoppedBy ?? null,
      });
    case 'journal':
      return withoutNulls({
        ...keyOf.journal(withdrawalId, record.purpose),
        ...rest,
        counted: record.counted ? true : null,
      });
    case 'wire':
      return withoutNulls({ ...keyOf.wire(withdrawalId, record.transferId), ...rest });
    default:
      return record satisfies never;
  }
}

/**
 * The row of a record as it is written. A wire is in an index, by its memo: reconciliation finds by it whose a wire is that comes back after long. A
 * memo that we chose ourselves contains the id. The keys never change.
 */
export const storedRecord = (record: EffectRecord): Row => ({
  ...recordToRow(record),
  ...(record.kind === 'wire' && record.accountId === undefined
    ? wireKeys(record.memo, keyOf.wire(record.withdrawalId, record.transferId))
    : {}),
});
export const wireKeys = (memo: string, { pk, sk }: { pk: string; sk: string }): Row => ({
  list: wireListPartition(memo),
  order: `${pk} ${sk}`,
});

const attemptRow = z.looseObject({
  pk: idInKey<WithdrawalId>(),
  sk: z.string(),
  number: integer,
  createdAt: instant,
  ends: z.literal(true).optional(),
  replacedBatch: z.string().optional(),
});
export function attemptFrom(row: unknown): PayoutAttempt {
  const { pk: withdrawalId, sk: _, number, createdAt, ends, ...more } = attemptRow.parse(row);
  const { replacedBatch, ...rest } = more;
  return {
    ...{ withdrawalId, number, createdAt, details: savedFields.parse(rest) },
    ...(ends === undefined ? {} : { ends }),
    ...afterBatch(replacedBatch),
  };
}
export const attemptToRow = ({ withdrawalId, details, batch: _, ...rest }: PayoutAttempt): Row => ({
  ...details,
  ...rest,
  ...keyOf.attempt(withdrawalId, rest.number),
});

const batchRow = z.looseObject({
  pk: idInKey<string>(),
  sk: z.string(),
  createdAt: instant,
  members: z.record(
    z.string().transform((id) => id as WithdrawalId),
    integer,
  ),
  replacedBatch: z.string().optional(),
});
export function batchFrom(row: unknown): PayoutBatch {
  const { pk: id, sk: _, createdAt, members, replacedBatch, ...rest } = batchRow.parse(row);
  const numbers = new Map(Object.entries(members) as [WithdrawalId, number][]);
  const details = savedFields.parse(rest);
  return { id, createdAt, members: numbers, details, ...afterBatch(replacedBatch) };
}
export const batchToRow = ({ id, members, details, ...rest }: PayoutBatch): Row => ({
  ...details,
  ...rest,
  members: Object.fromEntries(members),
  ...keyOf.batch(id),
});
