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
  hasSurplus: boolean;
  expiresAt: number;
  used: boolean;
  /** Its verdict on the transfer, once it was asked for one. */
  refusal?: 'none' | Refusal;
};
export type Wallet = { id: string; address: string };
/** Dollars that come into it become USDC in its wallet, on its rail, for ever. */
export type Account = {
  id: string;
  reference: string;
  wallet: Wallet;
  rail: string;
  accountNumber: string;
  detailsAt: number;
};
type Known = OnRampTruth['transfers'][number];
export type Transfer = { -readonly [K in keyof Known]: Known[K] } & {
  quote: Quote;
  wallet: Wallet;
  memo: string;
  /** From when on it says how it is to be paid for. */
  instructionsAt: number;
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
/** Rounded, it is so much. */
const withSurplus = (micros: bigint): string =>
  `${decimal(micros - 1n).padEnd(decimal(micros).length, '0')}`.replace(
    /\.(\d*)$/,
    (_, digits) => `.${digits.padEnd(6, '0')}6`,
  );
export const dollars = (cents: bigint): string => decimal(microsOf(cents));

/** Cents of a decimal string; null when it is none, or has parts of a cent. */
export function centsIn(text: unknown): bigint | null {
  const [, whole, fraction = ''] = /^(\d{1,15})(?:\.(\d{1,2}))?$/.exec(String(text)) ?? [];
  if (typeof text !== 'string' || whole === undefined) return null;
  return BigInt(whole + fraction.padEnd(2, '0'));
}

/** What a quote pays: of a part of a millionth a whole one is paid. */
export const payoutOf = ({ sourceCents, feeCents, hasSurplus }: Quote): bigint =>
  microsOf(sourceCents - feeCents) + (hasSurplus ? 1n : 0n);

/** A list may hold others' transfers: their corridors are not ours, and nothing else of them need be as ours are. */
export const strangeTransfers: readonly string[] = [
  {
    ...{ id: 'tf_stranger_1', status: 'payment_processed', createdAt: '2026-01-05' },
    source: { rail: 'sepa', currency: 'EUR', amount: '90.123456', fee: 0.5 },
    destination: { rail: 'pix', currency: 'BRL', amount: 'R$ 512,30' },
  },
  {
    ...{ id: 'tf_stranger_2', status: 'approved', createdAt: '2026-01-05T12:00:00Z' },
    source: { rail: 'ach', currency: 'USD', amount: '100.00', fee: '0.50' },
    destination: { rail: 'ethereum', currency: 'EURC', amount: '92.1234567890' },
  },
  {
    ...{ id: 7, status: null, createdAt: null },
    source: { rail: 'wire', currency: 'USD', amount: '100.00' },
    destination: { rail: 'stellar', currency: 'USDC', amount: '99.5000000', details: 'G…' },
  },
].map((one) => JSON.stringify(one));

/** A transfer with one field that nobody can read. What can be read of it is true. */
export const garblings: readonly ((text: string) => string)[] = [
  (text) => text.replace(/"createdAt":"[^"]*"/, '"createdAt":"0001-01-01T00:00:00Z"'),
  (text) => text.replace(/"createdAt":"[^"]*"/, '"createdAt":"yesterday"'),
  (text) => text.replace(/"amount":"([^"]*)"/, '"amount":$1'),
  (text) => text.replace(/"amount":"([^"]*)"/, '"amount":"$1 USD"'),
  (text) => text.replace(/"status":"[^"]*"/, '"status":null'),
  (text) => text.replace(/"id":"tf_[^"]*",/, ''),
];

export const sidesOf = (
  { sourceRail, rail, sourceCents, feeCents, hasSurplus }: Quote,
  micros: bigint,
) => ({
  source: {
    rail: sourceRail,
    currency: 'USD',
    amount: dollars(sourceCents),
    fee: dollars(feeCents),
    applicationFee: '0',
    totalFee: dollars(feeCents),
  },
  destination: {
    ...{ rail, currency: 'USDC', fee: '0.00' },
    amount: hasSurplus ? withSurplus(micros) : decimal(micros),
  },
});

const movement = (leg: string, component: string, currency: string, amount: string) => ({
  leg,
  component,
  currency,
  amount,
  amountUSD: amount,
});

export function transferShape(transfer: Transfer, ownerId: string, now: number) {
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
    source:
      transfer.accountId === null ? source : { ...source, virtualAccountId: transfer.accountId },
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
    ...(transfer.instructionsAt > now
      ? {}
      : { transferInstructions: { kind: 'details', details: bankAccount, memo: transfer.memo } }),
    breakdown: [
      movement('source', 'fee', 'USD', source.fee),
      movement('destination', 'amount', 'USDC', destination.amount),
      ...refund,
    ],
    createdAt: nanoTime(transfer.createdAt),
    expiresAt: nanoTime(transfer.createdAt + 5 * minute),
  };
}

/** In the words of the reference; the guide has `nonce` and `destinationId` (due.readme.io/docs/virtual-accounts). */
export const accountShape = (account: Account, now: number) => ({
  id: account.id,
  key: account.reference,
  destination: account.wallet.id,
  schemaIn: 'bank_us',
  currencyIn: 'USD',
  railOut: account.rail,
  currencyOut: 'USDC',
  reference: account.reference,
  details:
    account.detailsAt > now ? null : { ...bankAccount, accountNumber: account.accountNumber },
  memo: '',
  isActive: true,
});

export const bankAccount = {
  schema: 'bank_us',
  accountType: 'business',
  bankName: 'Model Bank, N.A.',
  accountName: 'Due',
  accountNumber: '000123456789',
  routingNumber: '021000021',
  beneficiaryAddress: { street_line_1: '1 Virtual Way', city: 'New York', country: 'US' },
};
