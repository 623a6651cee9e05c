/**
 * A transfer of the on-ramp as an effect (effect.ts). The provider has no idempotency key: a quote makes one transfer at
 * most, so the quote is the key, and what is found is claimed, for transfers of the same amount are alike
 * (docs/decisions/0006).
 */
import { all } from './all.ts';
import type { Brokerage } from './brokerage.ts';
import { expired, type Found, later, type Provider, type Sent, sentAgain } from './effect.ts';
import type { Guards } from './guards.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import {
  callTimeoutMs,
  onRampProofMs,
  onRampReviewMs,
  onRampSettleMs,
  providerClockSkewMs,
  quoteMarginMs,
} from './limits.ts';
import type { Minor } from './money.ts';
import type { PayIn, Transfer } from './on-ramp-transfer.ts';
import type { Budget, Change, Clock, Dice, OnRamp, Store } from './ports.ts';
import { inReview, retryOrRefund } from './retry.ts';
import type { WireStore } from './wire-effect.ts';
import type { Failure, In } from './withdrawal.ts';

export type OnRampWorld = {
  store: Store & WireStore;
  onRamp: OnRamp;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  guards: Guards;
  /** How new transfers are paid for; one that was asked for is paid as it was asked for. */
  payIn: PayIn;
  brokerage: Brokerage | null;
};

/** The record of what we asked for. A `refusedCode` in it is certain: the next attempt needs a new quote. */
export type OnRampEffect = Sent & {
  withdrawalId: WithdrawalId;
  version: number;
  /** Counts the quotes: a new one is taken only when the one before can no longer become a transfer. */
  quoteNumber: number;
  quoteToken: string;
  quoteExpiresAt: Instant;
  recipientId: string;
  payIn: PayIn;
  source: Minor;
  payout: Minor;
  fee: Minor;
  /** The provider's id, once it is known and claimed for this withdrawal. */
  transferId: string | null;
};
export type Converting = { withdrawal: In<'converting'>; effect: OnRampEffect };

export const transfers = ({
  onRamp,
  clock,
  dice,
}: Pick<OnRampWorld, 'onRamp' | 'clock' | 'dice'>): Provider<Converting, Transfer> => ({
  settleMs: onRampSettleMs,
  proofMs: onRampProofMs,
  reviewMs: onRampReviewMs,
  isShared: true,
  again: ({ effect }) => ({
    from: effect.lastSentAt,
    until: later(effect.quoteExpiresAt, -quoteMarginMs),
  }),
  // Sent more than once: a refusal may mean that the first was taken, and that would be seen by then.
  deadFrom: ({ effect: { quoteExpiresAt, sends } }) =>
    later(quoteExpiresAt, sends > 1 ? onRampProofMs : onRampSettleMs),
  lookUp: (items) => all(items.map((item) => find(onRamp, item))),
  claim: ({ withdrawal, effect }, now) => {
    const again = sentAgain(effect, now);
    return { changes: [{ change: 'effect', to: again }], send: { withdrawal, effect: again } };
  },
  call: ({ effect }) => onRamp.transfer(effect.quoteToken, effect.recipientId),
  record: ({ withdrawal: from, effect }, end): Change[] => {
    const now = clock.now();
    const next = { ...effect, version: effect.version + 1 };
    switch (end.is) {
      case 'taken': {
        const { id: transferId } = end.value;
        return [
          { change: 'claim', transferId, withdrawalId: from.id, walletId: from.walletId },
          { change: 'effect', to: { ...next, transferId } },
        ];
      }
      case 'not-made': {
        // A quote that ran out unused counts against nobody: another one is taken (on-ramp.ts).
        if (end.code === expired) return [];
        const message = 'The on-ramp refused the transfer.';
        return withoutTransfer({ withdrawal: from, effect }, end.code, message, now, dice);
      }
      case 'waiting':
        // The next visit asks again. A no to a repetition means only that the quote is used up.
        return end.refusedCode === null
          ? []
          : [{ change: 'effect', to: { ...next, quoteExpiresAt: now } }];
      case 'for-a-person':
        return [{ change: 'withdrawal', from, to: inReview(from, end.why, now) }];
      default:
        return end satisfies never;
    }
  },
});

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
    { change: 'effect', to: again },
    { change: 'withdrawal', from, to },
  ];
}

/** One that was given back is nothing that a payout can be made of; one that failed is the last choice. */
async function find(onRamp: OnRamp, item: Converting): Promise<Found<Transfer>> {
  const { firstSentAt, lastSentAt } = item.effect;
  const from = later(firstSentAt, -providerClockSkewMs);
  const to = later(lastSentAt, callTimeoutMs + providerClockSkewMs);
  const listed = await onRamp.transfersBetween(from, to);
  if (!listed.ok) return { found: 'unclear' };
  const values = listed.value
    .filter((one) => matches(item, one) && one.state !== 'returned')
    .sort((a, b) => Number(a.state === 'failed') - Number(b.state === 'failed'));
  return { found: 'these', values };
}

const matches = ({ withdrawal, effect }: Converting, transfer: Transfer): boolean =>
  (transfer.rail === null || transfer.rail === withdrawal.network) &&
  transfer.source === effect.source &&
  transfer.payout === effect.payout &&
  (transfer.recipientId === null || transfer.recipientId === effect.recipientId);
