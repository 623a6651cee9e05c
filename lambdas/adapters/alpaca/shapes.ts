/** Reads Alpaca's JSON (docs.alpaca.markets/us/reference) and translates its statuses into our states. */
import * as z from 'zod';
import type { FirmWire, Journal, JournalState, WireState } from '../../core/brokerage/brokerage.ts';
import { type Minor, minor } from '../../core/kernel/money.ts';
import type { Instant } from '../../core/kernel/time.ts';

/** Cents from a decimal string. Alpaca writes up to ten places; an amount with a fraction of a cent is refused. */
const exactCents = z.string().transform((text, context): Minor => {
  const [, whole, fraction = ''] = /^(\d{1,18})(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole !== undefined && /^0*$/.test(fraction.slice(2)))
    return minor(BigInt(whole + fraction.slice(0, 2).padEnd(2, '0')));
  context.addIssue({ code: 'custom', message: 'not an amount in cents' });
  return z.NEVER;
});
const time = z.iso
  .datetime({ offset: true })
  .transform((text): Instant => Date.parse(text) as Instant);
const uuid = z.string().transform((text) => text.toLowerCase());

const journalStatuses = [
  'queued',
  'sent_to_clearing',
  'pending',
  'executed',
  'activity_created',
  'rejected',
  'refused',
  'canceled',
  'deleted',
  'correct',
] as const;

function journalState(text: string): JournalState {
  const status = journalStatuses.find((one) => one === text);
  switch (status) {
    case 'queued':
    case 'sent_to_clearing':
    case 'pending':
      return 'pending';
    case 'executed':
    case 'activity_created':
      return 'executed';
    case 'rejected':
    case 'refused':
    case 'canceled':
      return 'refused';
    case 'deleted':
      return 'reversed';
    case 'correct':
      return 'moved-elsewhere';
    case undefined:
      return 'unknown'; // "New enum values" are no breaking change for Alpaca: it adds statuses without notice.
    default:
      return status satisfies never;
  }
}

/** A journal as Alpaca sends it, except that its ids are in lower case. */
export const journalFields = z.object({
  id: z.string().min(1),
  entry_type: z.literal('JNLC'),
  from_account: uuid,
  to_account: uuid,
  status: z.string(),
  net_amount: exactCents,
  description: z.string().nullish(),
});
export const journalFrom = (shape: z.infer<typeof journalFields>): Journal => ({
  id: shape.id,
  from: shape.from_account,
  to: shape.to_account,
  amount: shape.net_amount,
  description: shape.description ?? '',
  state: journalState(shape.status),
  status: shape.status,
});
export const JournalShape = journalFields.transform(journalFrom);
/** Enough of a listed journal to tell whether it is ours. The others may have shapes that are not known here. */
export const DescribedShape = z.looseObject({ description: z.string().nullish() });

const wireStatuses = [
  'QUEUED',
  'APPROVAL_PENDING',
  'PENDING',
  'SENT_TO_CLEARING',
  'APPROVED',
  'COMPLETE',
  'REJECTED',
  'CANCELED',
  'EXPIRED',
  'RETURNED',
] as const;

function wireState(text: string): WireState {
  const status = wireStatuses.find((one) => one === text);
  switch (status) {
    case 'QUEUED':
    case 'APPROVAL_PENDING':
    case 'PENDING':
    case 'SENT_TO_CLEARING':
    case 'APPROVED':
      return 'pending';
    case 'COMPLETE':
      return 'sent'; // COMPLETE is not final for Alpaca: RETURNED can follow.
    case 'REJECTED':
    case 'CANCELED':
    case 'EXPIRED':
      return 'refused';
    case 'RETURNED':
      return 'returned';
    case undefined:
      return 'unknown';
    default:
      return status satisfies never;
  }
}

export const WireShape = z
  .object({
    id: z.string().min(1),
    status: z.string(),
    amount: exactCents,
    /** Transfers by ACH have a `relationship_id` instead. */
    bank_id: z.string().nullish(),
    additional_information: z.string().nullish(),
    created_at: time,
    updated_at: time.nullish(),
  })
  .transform(
    (shape): FirmWire => ({
      id: shape.id,
      state: wireState(shape.status),
      status: shape.status,
      amount: shape.amount,
      bankId: shape.bank_id ?? '',
      memo: shape.additional_information ?? '',
      createdAt: shape.created_at,
      updatedAt: shape.updated_at ?? shape.created_at,
    }),
  );

export const BankShape = z.object({
  id: z.string().min(1),
  status: z.string(),
  name: z.string(),
  bank_code: z.string(),
  account_number: z.string().nullish(),
});
