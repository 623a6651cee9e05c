/** Makes books, a brokerage, an on-ramp and a chain that agree, for a test to plant a difference in. */
import {
  type FirmJournal,
  type FirmWire,
  journalKey,
} from '../../lambdas/core/brokerage/brokerage.ts';
import { type OperationId, sha256, type WithdrawalId } from '../../lambdas/core/kernel/ids.ts';
import type { Instant } from '../../lambdas/core/kernel/time.ts';
import {
  type Balance,
  type Block,
  emptyBalance,
  type Posting,
  post,
} from '../../lambdas/core/ledger/ledger.ts';
import type { Wallet } from '../../lambdas/core/ledger/wallet.ts';
import { depositMemo } from '../../lambdas/core/on-ramp/pay-in.ts';
import type { Transfer } from '../../lambdas/core/on-ramp/provider.ts';
import type { Hex } from '../../lambdas/core/rails/evm/hex.ts';
import type {
  Booked,
  ChainBook,
  Incoming,
  Outgoing,
  Unreadable,
} from '../../lambdas/core/reconcile/books.ts';
import type { DifferenceKind, Report } from '../../lambdas/core/reconcile/difference.ts';
import { type ReadBlock, readLedger } from '../../lambdas/core/reconcile/ledger.ts';
import { reconcile } from '../../lambdas/core/reconcile/reconcile.ts';
import type { ConversionRecord, PayIn } from '../../lambdas/core/store/conversion-record.ts';
import type { JournalPurpose, JournalRecord } from '../../lambdas/core/store/journal-record.ts';
import type { WireRecord } from '../../lambdas/core/store/wire-record.ts';
import type { Stage, Withdrawal } from '../../lambdas/core/withdrawal/withdrawal.ts';
import { treasury } from './chain.ts';
import { at, destination, minorOf, requestedOf, walletOf } from './things.ts';

export const inFlightMs = 3_600_000;
export const period = { from: at(10 * inFlightMs), to: at(20 * inFlightMs) };
/** A time long before the report, and one just before it. */
export const longAgo = at(12 * inFlightMs);
export const justNow = at(period.to - 1_000);

export type Made = {
  wallet: Wallet;
  balance: Balance;
  blocks: ReadBlock[];
  booked: Booked[];
  unreadable: Unreadable[];
  earlier: Booked[];
  /** The firm's account; `null` when there is no brokerage. */
  firm: string | null;
  journals: FirmJournal[];
  /** Whether the on-ramp is paid by wire, so that every wire is ours. */
  wiresAreOurs: boolean;
  wires: FirmWire[];
  /** Older wires may be missing. */
  wiresSince: Instant;
  wired: Booked[];
  transfers: Transfer[];
  claims: Map<string, WithdrawalId>;
  chain: ChainBook & { outgoing: Outgoing[]; incoming: Incoming[] };
};

/** The exclusive resource of a payout: all that matters of it is that each has its own. */
const keyOf = (id: WithdrawalId): string => `key of ${id}`;
const amount = minorOf(10_000n);
const payout = minorOf(99_500_000n);
const fee = minorOf(50n);
const hash = (text: string): Hex => `0x${sha256(text)}`;

export const effectOf = (withdrawal: Withdrawal, transferId: string | null): ConversionRecord => ({
  kind: 'conversion',
  withdrawalId: withdrawal.id,
  version: 2,
  quoteNumber: 1,
  quoteToken: `quote-${withdrawal.id}`,
  quoteExpiresAt: at(withdrawal.updatedAt + 120_000),
  recipientId: 'wlt_treasury',
  payIn: 'ach',
  source: amount,
  payout,
  fee,
  sends: 1,
  firstSentAt: withdrawal.updatedAt,
  lastSentAt: withdrawal.updatedAt,
  refusedCode: null,
  nothingSince: null,
  quoteUsed: false,
  transferId,
});

export const transferOf = (id: string, given: Partial<Transfer> = {}): Transfer => ({
  id,
  state: 'paid',
  source: amount,
  payout,
  fee,
  returned: null,
  recipientId: 'wlt_treasury',
  accountId: null,
  rail: 'ethereum',
  address: treasury,
  payIn: null,
  confirmation: { txHash: hash(`due ${id}`), logIndex: 1 },
  createdAt: longAgo,
  ...given,
});

export const customer = 'a11ce000-0000-4000-8000-000000000001';
export const firm = 'f1f1f1f1-0000-4000-8000-000000000001';

export const journalEffectOf = (
  { id: withdrawalId, updatedAt }: Withdrawal,
  purpose: JournalPurpose,
): JournalRecord => ({
  kind: 'journal',
  withdrawalId,
  purpose,
  version: 2,
  attempt: 1,
  key: journalKey(withdrawalId, purpose, 1),
  bytes: '{}',
  ...(purpose === 'debit' ? { from: customer, to: firm } : { from: firm, to: customer }),
  amount,
  sends: 1,
  firstSentAt: updatedAt,
  lastSentAt: updatedAt,
  refusedCode: null,
  nothingSince: null,
  counted: purpose === 'debit',
  journalId: `${purpose} ${withdrawalId}`,
});

/** The brokerage's own record of a journal. */
export const journalOf = (effect: JournalRecord): FirmJournal => ({
  id: effect.journalId ?? 'journal',
  from: effect.from,
  to: effect.to,
  amount: effect.amount,
  description: effect.withdrawalId,
  state: 'executed',
  status: 'executed',
  bookedOn: '1969-12-30',
});

/** The record of the wire that pays for this conversion. */
export const wireEffectOf = (
  { id: withdrawalId, updatedAt }: Withdrawal,
  effect: ConversionRecord,
): WireRecord => ({
  kind: 'wire',
  withdrawalId,
  ...(effect.payIn === 'virtual-account'
    ? { accountId: 'va_1', transferId: depositMemo(effect), memo: depositMemo(effect) }
    : { transferId: effect.transferId ?? '', memo: `REF-${effect.transferId}` }),
  version: 2,
  bankId: 'bank-1',
  amount: effect.source,
  sends: 1,
  firstSentAt: updatedAt,
  lastSentAt: updatedAt,
  refusedCode: null,
  nothingSince: null,
  wireId: `wire ${withdrawalId} ${effect.transferId}`,
});

/** The brokerage's own record of a wire. */
export const wireOf = (effect: WireRecord): FirmWire => ({
  id: effect.wireId ?? 'wire',
  state: 'sent',
  status: 'COMPLETE',
  amount: effect.amount,
  bankId: effect.bankId,
  memo: effect.memo,
  createdAt: effect.firstSentAt,
  updatedAt: effect.firstSentAt,
});

/** The stages of a withdrawal from a wallet of the ledger. */
export const stages: readonly Stage[] = [
  'requested',
  'rejected',
  'reserved',
  'converting',
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'settled',
  'refunding',
  'refunded',
  'cancelled',
  'review',
];
const held: readonly Stage[] = [
  'reserved',
  'converting',
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'refunding',
  'review',
];
const claimed: readonly Stage[] = [
  'converting',
  'converted',
  'signed',
  'broadcast',
  'confirmed',
  'settled',
];
const signed: readonly Stage[] = ['signed', 'broadcast', 'confirmed', 'settled'];
const paid: readonly Stage[] = ['confirmed', 'settled'];

/** A wallet with a withdrawal in each of these stages, none of which has moved since `updatedAt`. */
export function made(
  stages: readonly Stage[],
  updatedAt = longAgo,
  money: 'here' | 'at-brokerage' = 'here',
  payIn: PayIn = 'ach',
): Made {
  const isAway = money === 'at-brokerage';
  const wallet = walletOf(isAway ? { funding: { type: 'alpaca', accountId: customer } } : {});
  let balance = emptyBalance(wallet.id);
  const blocks: Block[] = [];
  const enter = (...postings: Posting[]): void => {
    const next = post(balance, postings, updatedAt);
    balance = next.balance;
    blocks.push(next.block);
  };
  const source: OperationId = `txn_${'0'.repeat(26)}`;
  enter({ kind: 'CREDIT', amount: minorOf(100_000_000n), sourceId: source });
  const chain: Made['chain'] = {
    network: 'ethereum',
    asset: 'USDC',
    treasury,
    formerPayers: [],
    keyOf,
    from: 100,
    to: 1_000,
    outgoing: [],
    incoming: [],
  };
  const world: Omit<Made, 'balance' | 'blocks'> = {
    wallet,
    booked: [],
    unreadable: [],
    earlier: [],
    firm,
    journals: [],
    wiresAreOurs: payIn !== 'ach',
    wiresSince: at(0),
    wires: [],
    wired: [],
    transfers: [],
    claims: new Map(),
    chain,
  };
  for (const [index, stage] of stages.entries()) {
    const withdrawal = withdrawalIn(stage, index, requestedOf(wallet, { updatedAt }));
    const { id: sourceId } = withdrawal;
    const wasHeld = held.includes(stage) || stage === 'settled' || stage === 'refunded';
    if (wasHeld && isAway)
      enter({ kind: 'FUND', amount, sourceId }, { kind: 'HOLD', amount, sourceId });
    else if (wasHeld) enter({ kind: 'HOLD', amount, sourceId });
    if (stage === 'settled')
      enter(
        { kind: 'PAYOUT', amount: minorOf(amount - fee), sourceId },
        { kind: 'FEE', amount: fee, sourceId },
      );
    if (stage === 'refunded') {
      const release: Posting = { kind: 'RELEASE', amount, sourceId };
      enter(...(isAway ? [release, { kind: 'RETURN', amount, sourceId } as const] : [release]));
    }
    const debit = isAway && (wasHeld || stage === 'debiting') ? (['debit'] as const) : [];
    const back = isAway && stage === 'refunded' ? (['return'] as const) : [];
    const journals = [...debit, ...back].map((purpose) => journalEffectOf(withdrawal, purpose));
    const waits = stage === 'debiting' ? ({ state: 'pending', bookedOn: null } as const) : {};
    world.journals.push(...journals.map((one) => ({ ...journalOf(one), ...waits })));
    const transferId = claimed.includes(stage) ? `tf_${sourceId}` : null;
    if (transferId !== null) {
      world.claims.set(transferId, sourceId);
      if (stage !== 'converting') chain.incoming.push(incomingOf(transferId));
      const state = stage === 'converting' ? 'pending' : 'paid';
      const accountId = payIn === 'virtual-account' ? 'va_1' : null;
      const confirmation = stage === 'converting' ? { confirmation: null } : {};
      world.transfers.push(
        transferOf(transferId, { state, accountId, createdAt: updatedAt, ...confirmation }),
      );
    }
    const effect = transferId === null ? null : { ...effectOf(withdrawal, transferId), payIn };
    const wires = effect === null || payIn === 'ach' ? [] : [wireEffectOf(withdrawal, effect)];
    world.wires.push(...wires.map(wireOf));
    world.booked.push({ withdrawal, effect, journals, wires, attempt: signed.includes(stage) });
    if (paid.includes(stage)) chain.outgoing.push(outgoingOf(withdrawal, index));
  }
  return { ...world, balance, blocks };
}

function withdrawalIn(stage: Stage, index: number, requested: object): Withdrawal {
  const failure = { code: 'ON_RAMP_REJECTED', message: '', retryable: false };
  return {
    ...requested,
    stage,
    ...(claimed.includes(stage) && stage !== 'converting' ? { payout, fee } : {}),
    ...(signed.includes(stage) ? { attempts: 1, txId: hash(`tx ${index}`), readFrom: 100 } : {}),
    ...(paid.includes(stage)
      ? { place: { height: 200 + index, block: '0xb1', index: 3 }, confirmations: 9 }
      : {}),
    ...(['refunding', 'refunded', 'rejected', 'cancelled'].includes(stage)
      ? { failure, proof: { proof: 'never-sent' } }
      : {}),
    ...(stage === 'debiting' ? { journalId: 'journal' } : {}),
    ...(stage === 'review' ? { failure, heldFrom: 'converting' } : {}),
  } as Withdrawal;
}

export const outgoingOf = ({ id }: Withdrawal, index: number): Outgoing => ({
  txId: hash(`tx ${index}`),
  height: 200 + index,
  index: 3,
  to: destination,
  value: payout,
  key: keyOf(id),
});

/** The payment on the chain of a transfer that `transferOf` makes. */
export const incomingOf = (transferId: string): Incoming => ({
  txId: hash(`due ${transferId}`),
  height: 150,
  index: 1,
  value: payout,
});

/** The report of this world. */
export async function reportOf(world: Made, previous: Report | null = null): Promise<Report> {
  const { balance, booked, earlier, wired, unreadable, transfers, claims, chain } = world;
  const { firm, journals, wires, wiresSince, wiresAreOurs } = world;
  async function* blocks() {
    yield* world.blocks;
  }
  const wallets = [await readLedger(balance, blocks(), period.from)];
  const brokerage = firm === null ? null : { firm, journals, wires, wiresSince, wiresAreOurs };
  const ours = { booked, earlier, wired, unreadable, wallets, differences: [] };
  const truths = { period, startedAt: period.to, inFlightMs, ...ours };
  return reconcile(
    { ...truths, transfers, claims, chains: [chain], unread: [], brokerage },
    at(period.to + 5_000),
    previous,
  );
}

export const kindsOf = async (world: Made): Promise<DifferenceKind[]> =>
  (await reportOf(world)).differences.map(({ kind }) => kind);

/** One of its withdrawals, with all that is on record of it. */
export function bookedAt({ booked }: Made, index: number): Booked {
  const found = booked[index];
  if (found === undefined) throw new Error('no such withdrawal');
  return found;
}
