/** Due's transfers as it shows them, its amounts and its errors (due.readme.io/docs: quotes, transfer-flow, api-error-codes). */
import type { OnRampTruth } from '../truth.ts';
import type { WireResponse } from '../world.ts';
import type { Refusal } from './due-ways.ts';
import { json, minute, type Past } from './parts.ts';

export type Quote = {
  token: string;
  sourceRail: string;
  rail: string;
  sourceCents: bigint;
  feeCents: bigint;
  expiresAt: number;
  used: boolean;
  /** Its verdict on the transfer, once it was asked for one. */
  refusal?: 'none' | Refusal;
};
export type Wallet = { id: string; address: string };
type Known = OnRampTruth['transfers'][number];
export type Transfer = { -readonly [K in keyof Known]: Known[K] } & {
  quote: Quote;
  wallet: Wallet;
  memo: string;
  /** What it shows of its payout, its transaction and its refund. */
  shownMicros: bigint;
  confirmation: { network: string; hash: string; eventIdx: number | null } | null;
  shownRefundCents: bigint | null;
  /** Counts what was decided about it: what was to come by itself before is then off. */
  turn: number;
  /** As it was shown at each time. */
  past: Past<string>;
};

/** Due writes errors in two shapes: that of its business rules … */
export const refused = (status: number, error_code: string, message: string): WireResponse =>
  json(status, { error_code, message, http_code: status });
/** … and that of its validation. */
export const invalid = (details: Readonly<Record<string, string>>): WireResponse =>
  json(422, { statusCode: 422, message: 'Validation error', code: 'err_validation', details });

/** Nanoseconds: those below the millisecond are always the same here. */
export const nanoTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '762984Z');

export const microsOf = (cents: bigint): bigint => cents * 10_000n;

/** `99.50`: at least two decimals, at most six. */
export function decimal(micros: bigint): string {
  const digits = micros.toString().padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6).replace(/0+$/, '').padEnd(2, '0')}`;
}
export const dollars = (cents: bigint): string => decimal(microsOf(cents));

/** Cents of a decimal string; null when it is none, or has parts of a cent. */
export function centsIn(text: unknown): bigint | null {
  const [, whole, fraction = ''] = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(String(text)) ?? [];
  if (typeof text !== 'string' || whole === undefined) return null;
  return BigInt(whole + fraction.padEnd(2, '0'));
}

export const sidesOf = ({ sourceRail, rail, sourceCents, feeCents }: Quote, micros: bigint) => ({
  source: {
    rail: sourceRail,
    currency: 'USD',
    amount: dollars(sourceCents),
    fee: dollars(feeCents),
    applicationFee: '0',
    totalFee: dollars(feeCents),
  },
  destination: { rail, currency: 'USDC', amount: decimal(micros), fee: '0.00' },
});

const movement = (leg: string, component: string, currency: string, amount: string) => ({
  leg,
  component,
  currency,
  amount,
  amountUSD: amount,
});

export function transferShape(transfer: Transfer, ownerId: string) {
  const { quote, wallet, confirmation, shownMicros, shownRefundCents } = transfer;
  const { source, destination } = sidesOf(quote, shownMicros);
  const refund =
    shownRefundCents === null
      ? []
      : [movement('source', 'refund', 'USD', dollars(shownRefundCents))];
  const { eventIdx = null, ...transaction } = confirmation ?? {};
  return {
    id: transfer.id,
    ownerId,
    status: transfer.status,
    source,
    destination: {
      ...destination,
      id: wallet.id,
      label: '',
      details: { schema: 'evm', address: wallet.address },
      ...(confirmation === null
        ? {}
        : {
            confirmation: {
              kind: 'transaction_hash',
              ...transaction,
              ...(eventIdx === null ? {} : { eventIdx }),
            },
          }),
    },
    fxRate: 1,
    fxMarkup: 0,
    transferInstructions: { kind: 'details', details: bankAccount, memo: transfer.memo },
    breakdown: [
      movement('source', 'fee', 'USD', source.fee),
      movement('destination', 'amount', 'USDC', destination.amount),
      ...refund,
    ],
    createdAt: nanoTime(transfer.createdAt),
    expiresAt: nanoTime(transfer.createdAt + 5 * minute),
  };
}

const bankAccount = {
  schema: 'bank_us',
  accountType: 'business',
  bankName: 'Model Bank, N.A.',
  accountName: 'Due',
  accountNumber: '000123456789',
  routingNumber: '021000021',
  beneficiaryAddress: { street_line_1: '1 Virtual Way', city: 'New York', country: 'US' },
};
