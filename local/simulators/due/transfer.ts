/** A transfer as it is kept, and as Due shows it (due.readme.io/docs/transfer-flow; providers.md §2.8). */
import type { Address, Hex } from 'viem';
import { decimal, dueId, nanoTime, newMemo } from './wire.ts';

/** What a person or a partner of Due's does with a transfer that has its dollars; local/simulators/due/courses.ts says when. */
export const courseSteps = [
  'approved',
  'manual_review',
  'action_required',
  'failed',
  'canceled',
  'refund_submitted',
  'refund_processed',
] as const;
export type CourseStep = (typeof courseSteps)[number];

export type TransferStatus =
  | 'awaiting_funds'
  | 'funds_received'
  | CourseStep
  | 'payment_submitted'
  | 'payment_processed';

export type Transfer = {
  seq: number;
  id: string;
  status: TransferStatus;
  memo: string;
  rail: string;
  /** Millionths of a dollar, the fee included. */
  sourceMicros: string;
  /** Millionths of a USDC. */
  payoutMicros: string;
  payTo: Address;
  createdAtMs: number;
  /** The parts that Due shows and that only a refund changes, as JSON. */
  fixed: string;
  hash: Hex | null;
  eventIdx: number | null;
};

export type Quote = {
  sourceRail: string;
  rail: string;
  sourceMicros: string;
  payoutMicros: string;
  feeMicros: string;
};

const lifetimeMs = 5 * 60_000;

export const quoteSides = (quote: Quote) => {
  const fee = decimal(BigInt(quote.feeMicros));
  return {
    source: {
      rail: quote.sourceRail,
      currency: 'USD',
      amount: decimal(BigInt(quote.sourceMicros)),
      fee,
      applicationFee: '0',
      totalFee: fee,
    },
    destination: {
      rail: quote.rail,
      currency: 'USDC',
      amount: decimal(BigInt(quote.payoutMicros)),
      fee: '0.00',
    },
  };
};

const movement = (leg: string, component: string, currency: string, amount: string) => ({
  leg,
  component,
  currency,
  amount,
  amountUSD: amount,
});

/** A transfer that nobody has paid for yet. With a virtual account: one that a deposit there has made. */
export function newTransfer(
  quote: Quote,
  wallet: { id: string; address: Address },
  ownerId: string,
  now: number,
  virtualAccountId?: string,
): Omit<Transfer, 'seq'> {
  const memo = newMemo();
  const { source, destination } = quoteSides(quote);
  const fixed = {
    ownerId,
    source: virtualAccountId === undefined ? source : { ...source, virtualAccountId },
    destination: {
      ...destination,
      id: wallet.id,
      label: '',
      details: { schema: 'evm', address: wallet.address },
    },
    fxRate: 1,
    fxMarkup: 0,
    transferInstructions: { kind: 'details', details: dueBankAccount, memo },
    breakdown: [
      movement('source', 'fee', 'USD', source.fee),
      movement('destination', 'amount', 'USDC', destination.amount),
    ],
    createdAt: nanoTime(now),
    expiresAt: nanoTime(now + lifetimeMs),
  };
  return {
    id: dueId('tf'),
    status: 'awaiting_funds',
    memo,
    rail: quote.rail,
    sourceMicros: quote.sourceMicros,
    payoutMicros: quote.payoutMicros,
    payTo: wallet.address,
    createdAtMs: now,
    fixed: JSON.stringify(fixed),
    hash: null,
    eventIdx: null,
  };
}

/** The parts that are shown of a transfer whose dollars went back. Due documents no field for that; this has room for it. */
export function withRefund(fixed: string, micros: bigint): string {
  const shown = JSON.parse(fixed) as { breakdown: object[] };
  const refund = movement('source', 'refund', 'USD', decimal(micros));
  return JSON.stringify({ ...shown, breakdown: [...shown.breakdown, refund] });
}

type Fixed = { destination: Record<string, unknown> } & Record<string, unknown>;

/** `confirmation` is absent until the payment is on the chain. */
export function transferShape(transfer: Transfer): Record<string, unknown> {
  const { ownerId, source, destination, ...rest } = JSON.parse(transfer.fixed) as Fixed;
  const confirmation = {
    kind: 'transaction_hash',
    network: transfer.rail,
    hash: transfer.hash,
    eventIdx: transfer.eventIdx,
  };
  return {
    id: transfer.id,
    ownerId,
    status: transfer.status,
    source,
    destination: { ...destination, ...(transfer.hash === null ? {} : { confirmation }) },
    ...rest,
  };
}

/** Where the firm's dollars go. */
export const dueBankAccount = {
  schema: 'bank_us',
  accountType: 'business',
  bankName: 'Simulated Bank, N.A.',
  accountName: 'Due Simulator',
  accountNumber: '000123456789',
  routingNumber: '021000021',
  beneficiaryAddress: {
    street_line_1: '1 Loopback Way',
    city: 'New York',
    postal_code: '10001',
    country: 'US',
    state: 'NY',
  },
};
