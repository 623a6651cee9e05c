/** Reads Due's JSON (due.readme.io/reference) and translates its statuses into our states. */
import * as z from 'zod';
import { decimals, type Minor, parseAmount } from '../../core/kernel/money.ts';
import type { Instant } from '../../core/kernel/time.ts';
import type {
  PayInInstruction,
  Quote,
  Transfer,
  TransferState,
  VirtualAccount,
} from '../../core/on-ramp/provider.ts';

const amountIn = (currency: 'USD' | 'USDC') =>
  z.string().transform((text, context): Minor => {
    // Due may write more zeros than the currency has decimals. Any other digit there would be lost, so it is refused.
    const [whole = '', fraction = ''] = text.split('.');
    const places = decimals[currency];
    const exact = /^0*$/.test(fraction.slice(places));
    const kept = fraction.slice(0, places);
    if (/^0+$/.test(whole) && /^0*$/.test(kept) && exact) return 0n as Minor;
    const amount = exact ? parseAmount(kept === '' ? whole : `${whole}.${kept}`, currency) : null;
    if (amount !== null) return amount;
    context.addIssue({ code: 'custom', message: 'not an amount' });
    return z.NEVER;
  });
/** An instant of ours has milliseconds; Due's times may have nanoseconds, which are cut off. */
const time = z
  .string()
  .transform((text) => Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) as Instant);
const source = z.object({ amount: amountIn('USD'), fee: amountIn('USD').default(0n as Minor) });

export const QuoteShape = z
  .object({
    token: z.string().min(1),
    source,
    destination: z.object({ amount: amountIn('USDC') }),
    expiresAt: time,
  })
  .transform(
    ({ token, expiresAt, ...sides }): Quote => ({
      token,
      source: sides.source.amount,
      payout: sides.destination.amount,
      fee: sides.source.fee,
      expiresAt,
    }),
  );

const BankDetails = z.object({
  bankName: z.string().default(''),
  accountName: z.string().default(''),
  accountNumber: z.string().min(1),
  routingNumber: z.string().min(1),
  /** A US bank may have a routing number of its own for wires. */
  routingNumberWire: z.string().nullish(),
});
const payInFrom = (
  { routingNumberWire, ...details }: z.infer<typeof BankDetails>,
  memo: string | null,
): PayInInstruction => ({
  ...details,
  routingNumber: routingNumberWire ?? details.routingNumber,
  memo,
});

/** Only the kind `details` is a bank account; the others are for crypto, cards and links. */
const Instructions = z
  .object({ kind: z.literal('details'), details: BankDetails, memo: z.string().nullish() })
  .transform(({ details, memo }) => payInFrom(details, memo ?? null));

const Movement = z.object({ leg: z.string(), component: z.string(), amount: z.string() });
const Confirmation = z
  .object({ hash: z.string(), eventIdx: z.number().int().nullish() })
  .transform(({ hash, eventIdx }) => ({ txHash: hash, logIndex: eventIdx ?? null }));

/** All statuses of due.readme.io/docs/transfer-flow. Due's OpenAPI document lacks `action_required`. */
const statuses = [
  'awaiting_funds',
  'funds_received',
  'approved',
  'manual_review',
  'action_required',
  'payment_submitted',
  'payment_processed',
  'failed',
  'canceled',
  'refund_submitted',
  'refund_processed',
] as const;
type Status = (typeof statuses)[number];
const isStatus = (text: string): text is Status => statuses.some((status) => status === text);

/** Our state for a status of Due's. A status that is not known here is `unknown` and decides nothing. */
export function stateOf(text: string): TransferState {
  if (!isStatus(text)) return 'unknown';
  switch (text) {
    case 'awaiting_funds':
      return 'awaiting-funds';
    case 'funds_received':
    case 'approved':
    case 'payment_submitted':
      return 'pending';
    case 'manual_review':
    case 'action_required':
      return 'held';
    case 'payment_processed':
      return 'paid';
    case 'refund_submitted':
      return 'returning';
    case 'refund_processed':
    // Due's finance team cancels a transfer by hand after the refund is done (due.readme.io/docs/transfer-flow).
    case 'canceled':
      return 'returned';
    case 'failed':
      return 'failed';
    default:
      return text satisfies never;
  }
}

/** A transfer. Parts that decide nothing are `null` when their shape is not the documented one. */
export const TransferShape = z
  .object({
    id: z.string().min(1),
    status: z.string(),
    source: source.extend({ virtualAccountId: z.string().nullish() }),
    destination: z.object({
      amount: amountIn('USDC'),
      id: z.string().nullish(),
      rail: z.string().nullish(),
      details: z.object({ address: z.string().nullish() }).nullish().catch(null),
      confirmation: Confirmation.nullish().catch(null),
    }),
    transferInstructions: Instructions.nullish().catch(null),
    breakdown: z.array(Movement).nullish().catch(null),
    createdAt: time,
  })
  .transform(({ id, status, destination, createdAt, ...rest }): Transfer => {
    const state = stateOf(status);
    return {
      id,
      state,
      source: rest.source.amount,
      payout: destination.amount,
      fee: rest.source.fee,
      returned: state === 'returned' ? returnedIn(rest.breakdown ?? []) : null,
      recipientId: destination.id ?? null,
      accountId: rest.source.virtualAccountId ?? null,
      rail: destination.rail ?? null,
      address: destination.details?.address ?? null,
      payIn: state === 'awaiting-funds' ? (rest.transferInstructions ?? null) : null,
      confirmation: destination.confirmation ?? null,
      createdAt,
    };
  });

/** Due documents no field for the refunded amount. Its `breakdown` has room for one, as a movement of the source leg. */
function returnedIn(breakdown: readonly z.infer<typeof Movement>[]): Minor | null {
  const refund = breakdown.find(({ leg, component }) => leg === 'source' && component === 'refund');
  return amountIn('USD').safeParse(refund?.amount).data ?? null;
}

export const TransfersPage = z.object({
  items: z.array(TransferShape),
  next: z.string().nullish(),
});

const LinkedWallets = z.array(z.object({ id: z.string(), address: z.string() }));
/** The reference has a bare array, but other lists of Due's are pages, so both are read. */
export const WalletsShape = z.union([
  LinkedWallets,
  z.object({ items: LinkedWallets }).transform(({ items }) => items),
]);
export const WalletShape = z.object({ id: z.string() });

/** Reads both spellings: Due's guide has `nonce` and `destinationId`, its OpenAPI document `reference` and `destination`. */
export const VirtualAccountShape = z
  .object({
    id: z.string().min(1),
    key: z.string().nullish(),
    nonce: z.string().nullish(),
    reference: z.string().nullish(),
    destination: z.string().nullish(),
    destinationId: z.string().nullish(),
    details: BankDetails.nullish(),
    memo: z.string().nullish(),
    isActive: z.boolean().default(true),
  })
  .transform((shape) => ({
    references: [shape.reference, shape.nonce, shape.key],
    destination: shape.destinationId ?? shape.destination ?? null,
    account: {
      id: shape.id,
      active: shape.isActive,
      payIn: shape.details == null ? null : payInFrom(shape.details, shape.memo || null),
    } satisfies VirtualAccount,
  }));
const VirtualAccountList = z.array(VirtualAccountShape);
export const VirtualAccountsShape = z.union([
  VirtualAccountList,
  z.object({ items: VirtualAccountList }).transform(({ items }) => items),
]);
