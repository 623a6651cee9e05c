/** A transfer as the simulator keeps it, and as Due shows it (due.readme.io/docs/transfer-flow). */
import type { Address, Hex } from 'viem';
import { decimal, dueId, nanoTime, newMemo } from './wire.ts';

/** The statuses that Due's staff or partners give a funded transfer, as local/simulators/due/courses.ts decides. */
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
  /** The millionths of a dollar that are paid in, the fee included. */
  sourceMicros: string;
  /** The millionths of a USDC that are paid out. */
  payoutMicros: string;
  payTo: Address;
  createdAtMs: number;
  /** The parts that only a refund changes, as JSON. */
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

/** A transfer that nobody has paid for yet. One with a virtual account was made by a deposit there. */
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

/** The parts of a refunded transfer. Due documents no field for the amount, and `breakdown` has room for it. */
export function withRefund(fixed: string, micros: bigint): string {
  const shown = JSON.parse(fixed) as { breakdown: object[] };
  const refund = movement('source', 'refund', 'USD', decimal(micros));
  return JSON.stringify({ ...shown, breakdown: [...shown.breakdown, refund] });
}

type Fixed = { destination: Record<string, unknown> } & Record<string, unknown>;

/** A transfer in Due's JSON. `confirmation` is absent until the payment is on the chain. */
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

/** The bank account that the firm's dollars go to. */
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
