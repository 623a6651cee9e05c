/** Reads Due's JSON (due.readme.io/reference) and translates its statuses into our states. */
import * as z from 'zod';
import type { Minor } from '../../core/kernel/money.ts';
import { networks } from '../../core/kernel/networks.ts';
import type {
  PayInInstruction,
  Quote,
  Transfer,
  TransferSeen,
  TransferState,
  VirtualAccount,
} from '../../core/on-ramp/provider.ts';
import { amountIn, instant, saidBy, saysOtherwise, textOrNull } from '../net/reading.ts';

/** A side need not say its currency. One that says another than ours has an amount that means something else. */
const currency = (ours: 'USD' | 'USDC') =>
  textOrNull.refine((text) => text === null || text.toUpperCase() === ours);
const dollars = amountIn('USD');
/** What the transfer costs. Due leaves out a fee that there is none of (its OpenAPI document requires no field of a side). */
const source = z.object({
  amount: dollars,
  fee: dollars.default(0n as Minor),
  currency: currency('USD'),
});
const destination = z.object({ amount: amountIn('USDC'), currency: currency('USDC') });

export const QuoteShape = z
  .object({
    token: z.string().min(1),
    source,
    destination: destination.extend({ rail: textOrNull }),
    expiresAt: instant,
  })
  .transform(({ token, expiresAt, ...sides }) => ({
    rail: sides.destination.rail,
    quote: {
      token,
      source: sides.source.amount,
      payout: sides.destination.amount,
      fee: sides.source.fee,
      expiresAt,
    } satisfies Quote,
  }));

const BankDetails = z
  .object({
    bankName: z.string().default(''),
    /** The brokerage registers the recipient of our wire by this name. */
    accountName: textOrNull,
    companyName: textOrNull,
    accountNumber: z.string().min(1),
    routingNumber: z.string().min(1),
    /** A US bank may have a routing number of its own for wires. */
    routingNumberWire: textOrNull,
  })
  .refine(({ accountName, companyName }) => accountName !== null || companyName !== null);
const payInFrom = (
  details: z.infer<typeof BankDetails>,
  memo: string | null,
): PayInInstruction => ({
  bankName: details.bankName,
  accountName: details.accountName ?? details.companyName ?? '',
  accountNumber: details.accountNumber,
  routingNumber: details.routingNumberWire ?? details.routingNumber,
  memo,
});

/** Only the kind `details` is a bank account; the others are for crypto, cards and links. */
const Instructions = z
  .object({ kind: z.literal('details'), details: BankDetails, memo: textOrNull })
  .transform(({ details, memo }) => payInFrom(details, memo));

const Movement = z.object({
  leg: z.string(),
  component: z.string(),
  currency: currency('USD'),
  amount: dollars,
});
const OneMovement = z.array(Movement).length(1);
/** A movement of another kind may be in another currency; it is not looked at. */
const isNoRefund = (row: unknown): boolean =>
  saysOtherwise(row, ['leg'], 'source') || saysOtherwise(row, ['component'], 'refund');
const Confirmation = z
  .object({
    // A hash on EVM chains, a signature of 64 bytes in base58 on Solana.
    hash: z.string().regex(/^(0x[\da-fA-F]{64}|[1-9A-HJ-NP-Za-km-z]{64,88})$/),
    eventIdx: z.number().int().min(0).nullish(),
  })
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

/**
 * A transfer. What it says beside its amounts is `null` when that is in no shape that is known here, and nothing is concluded from
 * that: no wire without instructions, no return of money without its amount.
 */
export const TransferShape = z
  .object({
    id: z.string().min(1),
    status: z.string(),
    source: source.extend({ virtualAccountId: textOrNull }),
    destination: destination.extend({
      id: textOrNull,
      rail: textOrNull,
      details: z.object({ address: textOrNull }).nullish().catch(null),
      confirmation: Confirmation.nullish().catch(null),
    }),
    transferInstructions: Instructions.nullish().catch(null),
    breakdown: z.array(z.unknown()).nullish().catch(null),
    createdAt: instant,
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
      recipientId: destination.id,
      accountId: rest.source.virtualAccountId,
      rail: destination.rail,
      address: destination.details?.address ?? null,
      payIn: state === 'awaiting-funds' ? (rest.transferInstructions ?? null) : null,
      confirmation: destination.confirmation ?? null,
      createdAt,
    };
  });

/**
 * Due documents no field for the refunded amount. Its `breakdown` has room for one, as a movement of the source leg. `null` when
 * it says nothing, or several things.
 */
function returnedIn(breakdown: readonly unknown[]): Minor | null {
  const refunds = OneMovement.safeParse(breakdown.filter((row) => !isNoRefund(row)));
  return refunds.data?.[0]?.amount ?? null;
}

/**
 * Whether a listed transfer says that it is in another corridor than ours: other currencies, or a rail that we do not pay on.
 * Neither its recipient nor its address excludes one: a conversion may be older than the treasury of today.
 */
export const isOtherCorridor = (row: unknown): boolean =>
  saysOtherwise(row, ['source', 'currency'], 'USD') ||
  saysOtherwise(row, ['destination', 'currency'], 'USDC') ||
  saysOtherwise(row, ['destination', 'rail'], ...networks);

/** The time of a listed transfer, where nothing else of it can be read. */
export const createdAtOf = (row: unknown) =>
  instant.safeParse(saidBy(row, 'createdAt')).data ?? null;

/** What a listed transfer says, field by field, where the whole of it cannot be read. */
export const transferSeen = (row: unknown): TransferSeen => ({
  source: dollars.safeParse(saidBy(row, 'source', 'amount')).data ?? null,
  recipientId: saidBy(row, 'destination', 'id'),
  accountId: saidBy(row, 'source', 'virtualAccountId'),
  rail: saidBy(row, 'destination', 'rail'),
  createdAt: createdAtOf(row),
});

/** Lists of transfers come in pages. */
export const Page = z.object({ items: z.array(z.unknown()), next: textOrNull });
/** The reference has bare arrays for wallets and accounts, but other lists of Due's are pages, so both are read. */
export const PageOrArray = z.union([
  z.array(z.unknown()).transform((items) => ({ items, next: null })),
  Page,
]);

export const WalletShape = z.object({ id: z.string().min(1) });
/** A row of their list. Whose wallet it is must be readable, or another's might be taken for ours. */
export const LinkedWalletShape = WalletShape.extend({ address: z.string().min(1) });

// The OpenAPI document has addresses of Solana as bytes.
const addressed = z.object({ address: z.union([z.string(), z.array(z.number())]) });
/** Whether a linked wallet is another's. Due writes `evm:0x…`; whatever the prefix, the address is in it. */
export const isOtherWallet = (row: unknown, treasury: string): boolean => {
  const said = addressed.safeParse(row);
  return said.success && !String(said.data.address).toLowerCase().includes(treasury.toLowerCase());
};

/** Reads both spellings: Due's guide has `nonce` and `destinationId`, its OpenAPI document `reference` and `destination`. */
export const VirtualAccountShape = z
  .object({
    id: z.string().min(1),
    reference: textOrNull,
    nonce: textOrNull,
    key: textOrNull,
    destination: textOrNull,
    destinationId: textOrNull,
    railOut: textOrNull,
    details: BankDetails.nullish(),
    memo: textOrNull,
    /** Dollars are wired to an account that says that it is active. What is left out may be a `false`. */
    isActive: z.boolean().nullish(),
  })
  .transform((shape) => ({
    destination: shape.destinationId ?? shape.destination,
    rail: shape.railOut,
    account: {
      id: shape.id,
      active: shape.isActive === true,
      payIn: shape.details == null ? null : payInFrom(shape.details, shape.memo),
    } satisfies VirtualAccount,
  }));
