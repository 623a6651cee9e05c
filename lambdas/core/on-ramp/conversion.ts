/**
 * A transfer of the on-ramp as an effect (effect/effect.ts). The provider has no idempotency key: a quote makes one transfer at
 * most, so the quote is the key, and what is found is claimed, for transfers of the same amount are alike
 * (docs/decisions/0006).
 */
import type { Gates } from '../breakers/gates.ts';
import { transferring } from '../breakers/names.ts';
import type { Brokerage } from '../brokerage/brokerage.ts';
import type { EffectKind, Found } from '../effect/kind.ts';
import { expired } from '../effect/verdict.ts';
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import {
  onRampProofMs,
  onRampReviewMs,
  onRampSettleMs,
  providerClockSkewMs,
  quoteMarginMs,
} from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord, PayIn } from '../store/conversion-record.ts';
import { notSent, sentAgain } from '../store/send-record.ts';
import type { Store, WireStore } from '../store/store.ts';
import { inReview, retryOrRefund, waitFor } from '../withdrawal/retry.ts';
import type { Failure, In } from '../withdrawal/withdrawal.ts';
import type { OnRamp, Transfer, VirtualAccounts } from './provider.ts';

export type OnRampWorld = {
  store: Store & WireStore;
  onRamp: OnRamp;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  gates: Pick<Gates, 'begin' | 'during'>;
  /** How new transfers are paid for; one that was asked for is paid as it was asked for. */
  payIn: PayIn;
  /** Where deposits go. Asked only where dollars are paid in so. */
  accounts: VirtualAccounts;
  brokerage: Brokerage | null;
};

export type Converting = { withdrawal: In<'converting'>; effect: ConversionRecord };

export const conversionEffect = ({
  store,
  onRamp,
  clock,
  dice,
  gates,
}: OnRampWorld): EffectKind<Converting, Transfer> => ({
  settleMs: onRampSettleMs,
  proofMs: onRampProofMs,
  reviewMs: onRampReviewMs,
  isShared: true,
  again: ({ effect }) => ({
    from: effect.lastSentAt,
    until: effect.quoteUsed ? effect.lastSentAt : later(effect.quoteExpiresAt, -quoteMarginMs),
  }),
  deadFrom: ({ effect }) => deadFrom(effect),
  lookUp: (items) => all(items.map((item) => find(onRamp, item, clock.now()))),
  mayGo: async ({ withdrawal: from }) => {
    const { allowed, until } = await gates.begin(1, transferring);
    if (allowed > 0) return true;
    await store.commit([waiting(from, until, clock.now(), dice)]);
    return false;
  },
  claim: ({ withdrawal, effect }, now) => {
    const again = sentAgain(effect, now);
    return { changes: [{ change: 'record', to: again }], send: { withdrawal, effect: again } };
  },
  call: ({ effect }) => onRamp.transfer(effect.quoteToken, effect.recipientId),
  record: ({ withdrawal: from, effect }, end): Change[] => {
    const now = clock.now();
    const next = { ...effect, version: effect.version + 1 };
    switch (end.is) {
      case 'taken': {
        const { id: transferId } = end.value;
        // What is found in a list may have been made of another's quote.
        const quoteUsed = effect.quoteUsed || end.by === 'answer';
        return [
          { change: 'claim', transferId, withdrawalId: from.id, walletId: from.walletId },
          { change: 'record', to: { ...next, transferId, quoteUsed } },
        ];
      }
      case 'not-made': {
        // A quote that ran out unused counts against nobody: another one is taken (on-ramp.ts).
        if (end.code === expired) return [];
        const message = 'The on-ramp refused the transfer.';
        return withoutTransfer({ withdrawal: from, effect }, end.code, message, now, dice);
      }
      case 'waiting': {
        // The next visit asks again. A no to a repetition means only that the quote is used up.
        const { refusedCode, nothingSince } = end.learned;
        const quoteUsed = effect.quoteUsed || refusedCode !== null;
        return quoteUsed === effect.quoteUsed && nothingSince === effect.nothingSince
          ? []
          : [{ change: 'record', to: { ...next, quoteUsed, nothingSince } }];
      }
      case 'not-sent':
        return [{ change: 'record', to: notSent(effect) }, waiting(from, end.until, now, dice)];
      case 'for-a-person':
        return [{ change: 'withdrawal', from, to: inReview(from, end.why, now) }];
      default:
        return end satisfies never;
    }
  },
});

/** It waits for the on-ramp, visible as RETRYING. */
export const waiting = (
  from: In<'reserved' | 'converting'>,
  until: Instant,
  now: Instant,
  dice: Dice,
): Change => ({ change: 'withdrawal', from, to: waitFor(from, until, now, dice) });

/** The transfer has come to nothing, and our dollars are with us: another may be asked for, or the money is given back. */
export function withoutTransfer(
  { withdrawal: from, effect }: Converting,
  code: string,
  message: string,
  now: Instant,
  dice: Dice,
): Change[] {
  const failure: Failure = { code: 'ON_RAMP_REJECTED', message, retryable: true };
  const to = retryOrRefund(from, failure, { proof: 'refused', code }, now, dice);
  const again = { ...effect, version: effect.version + 1, transferId: null, refusedCode: code };
  return [
    { change: 'record', to: again },
    { change: 'withdrawal', from, to },
  ];
}

/** A request may be slow on its way, and makes a transfer for as long as its quote is good. */
const deadFrom = ({ quoteExpiresAt }: ConversionRecord): Instant =>
  later(quoteExpiresAt, providerClockSkewMs + onRampSettleMs);

/** When a transfer of this quote can have been made. */
export const madeWithin = (effect: ConversionRecord): { from: Instant; until: Instant } => ({
  from: later(effect.firstSentAt, -providerClockSkewMs),
  until: deadFrom(effect),
});

/**
 * The oldest first: who sent later cannot have made it. One that failed is the last choice. Doubtful is one that pays
 * another amount, or that a deposit made: it may be another withdrawal's, which takes it first, or ours, paid otherwise
 * than it was quoted. One that was given back pays nothing, but how much came back has to be seen. Before another is asked
 * for, one that nobody took is as good, whenever it was made: whoever made it has taken ours.
 */
async function find(onRamp: OnRamp, item: Converting, now: Instant): Promise<Found<Transfer>> {
  const { effect } = item;
  const { from, until } = madeWithin(effect);
  const isLastLook = effect.nothingSince !== null;
  const listed = await (isLastLook
    ? onRamp.transfersBetween(later(from, -onRampProofMs), now)
    : onRamp.transfersBetween(from, until));
  if (!listed.ok) return { found: 'unclear' };
  const alike = listed.value
    .filter((one) => matches(item, one))
    .sort((a, b) => a.createdAt - b.createdAt);
  const mayBeOurs = ({ createdAt }: Transfer): boolean => createdAt >= from && createdAt <= until;
  const ours = alike.filter(mayBeOurs);
  const back = ours.filter(({ state }) => state === 'returned');
  const standing = ours
    .filter(({ state }) => state !== 'returned')
    .sort((a, b) => Number(a.state === 'failed') - Number(b.state === 'failed'));
  const asQuoted = ({ payout, accountId }: Transfer): boolean =>
    payout === effect.payout && accountId === null;
  const leftOver = alike.filter(
    (one) => !mayBeOurs(one) && asQuoted(one) && one.state !== 'returned' && one.state !== 'failed',
  );
  return {
    found: 'these',
    values: standing.filter(asQuoted),
    doubtful: [...standing.filter((one) => !asQuoted(one)), ...back, ...leftOver],
  };
}

export const matches = ({ withdrawal, effect }: Converting, transfer: Transfer): boolean =>
  (transfer.rail === null || transfer.rail === withdrawal.network) &&
  transfer.source === effect.source &&
  (transfer.recipientId === null || transfer.recipientId === effect.recipientId);
