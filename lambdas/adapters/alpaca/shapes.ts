/** Reads Alpaca's JSON (docs.alpaca.markets/us/reference) and translates its statuses into our states. */
import * as z from 'zod';
import type {
  FirmWire,
  Journal,
  JournalState,
  WireMade,
  WireSeen,
  WireState,
} from '../../core/brokerage/brokerage.ts';
import { amountIn, instant, isObject, saidBy, saysOtherwise, textOrNull } from '../net/reading.ts';

const dollars = amountIn('USD');
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
  net_amount: dollars,
  /** Accounts in another currency are journaled in that. */
  currency: textOrNull.refine((text) => text === null || text === 'USD'),
  description: textOrNull,
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

/** Whether a listed journal says that it moves something else than dollars: shares, or another currency. */
export const isNoDollars = (row: unknown): boolean =>
  saysOtherwise(row, ['entry_type'], 'JNLC') || saysOtherwise(row, ['currency'], 'USD');
/** Whether a row says nothing at all there. All of ours are described. */
export const saysNothing = (row: unknown, name: string): boolean =>
  isObject(row) && !Array.isArray(row) && (row[name] ?? '') === '';

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
    amount: dollars,
    /** Transfers by ACH have a `relationship_id` instead. */
    bank_id: textOrNull,
    additional_information: textOrNull,
    created_at: instant,
    updated_at: instant.nullish(),
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

/** The row as far as it can be read, field by field. */
export const wireSeen = (row: unknown): WireSeen => {
  const status = saidBy(row, 'status') ?? '';
  return {
    id: saidBy(row, 'id'),
    isOut: isOutgoing(row) && wireTypes.every((name) => says(row, name, 'wire')),
    state: wireState(status),
    status,
    amount: dollars.safeParse(saidBy(row, 'amount')).data ?? null,
    bankId: saidBy(row, 'bank_id'),
    memo: saysNothing(row, 'additional_information') ? '' : saidBy(row, 'additional_information'),
    createdAt: instant.safeParse(saidBy(row, 'created_at')).data ?? null,
  };
};

/** What was made for a call: without an id it is not known that anything was. */
export const MadeShape = z
  .unknown()
  .transform(wireSeen)
  .transform((seen, context): WireMade => {
    const { id } = seen;
    if (id !== null) return { ...seen, id };
    context.addIssue({ code: 'custom', message: 'no id' });
    return z.NEVER;
  });

const wireTypes = ['type', 'transfer_type'] as const;
/** Whether a row says this there, or nothing. A word that nobody documents is neither this nor something else. */
const says = (row: unknown, name: string, word: string): boolean =>
  saysNothing(row, name) || saidBy(row, name)?.toLowerCase() === word.toLowerCase();
export const isOutgoing = (row: unknown): boolean => says(row, 'direction', 'OUTGOING');
export const isIncoming = (row: unknown): boolean =>
  saidBy(row, 'direction')?.trim().toUpperCase() === 'INCOMING';

/** Whether a listed transfer says, in a documented word, that it is no wire out: dollars leave by ACH too, and come in. */
export const isNoWireOut = (row: unknown): boolean =>
  isIncoming(row) || wireTypes.some((name) => saidBy(row, name)?.trim().toLowerCase() === 'ach');

export const BankShape = z.object({
  id: z.string().min(1),
  status: z.string(),
  name: z.string(),
  bank_code: z.string(),
  account_number: textOrNull,
});
