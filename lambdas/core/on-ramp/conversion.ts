/**
 * A transfer of the on-ramp as an effect (effect/effect.ts). The provider has no idempotency key: a quote makes one transfer at
 * most, so the quote is the key, and what is found is claimed, for transfers of the same amount are alike
 * (docs/decisions/0006).
 */
import type { Gates } from '../breakers/gates.ts';
import { transferring } from '../breakers/names.ts';
import type { Brokerage } from '../brokerage/brokerage.ts';
import type { EffectKind, End, Found } from '../effect/kind.ts';
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import {
  onRampProofMs,
  onRampReviewMs,
  onRampSettleMs,
  payoutAbovePercentMax,
  payoutBelowAlwaysCents,
  payoutBelowPercentMax,
  providerClockSkewMs,
  quoteMarginMs,
} from '../kernel/limits.ts';
import { convertAtPar, type Minor, minor } from '../kernel/money.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord, PayIn } from '../store/conversion-record.ts';
import { notSent, sentAgain } from '../store/send-record.ts';
import type { Store, WireStore } from '../store/store.ts';
import { type Converting, conclude, type Due, endings } from './endings.ts';
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

/** A conversion whose transfer is known to be its own. */
export type Known = Converting & { transferId: string };

export const conversionEffect = (world: OnRampWorld): EffectKind<Converting, Transfer> => ({
  settleMs: onRampSettleMs,
  proofMs: onRampProofMs,
  reviewMs: onRampReviewMs,
  isShared: true,
  again: ({ effect }) => ({
    from: effect.lastSentAt,
    until: effect.quoteUsed ? effect.lastSentAt : later(effect.quoteExpiresAt, -quoteMarginMs),
  }),
  deadFrom: ({ effect }) => deadFrom(effect),
  lookUp: (items) => all(items.map((item) => find(world.onRamp, item, world.clock.now()))),
  mayGo: async (item) => {
    const { allowed, until } = await world.gates.begin(1, transferring);
    if (allowed > 0) return true;
    await world.store.commit(conclude(endings.request, { is: 'not-sent', until }, item, world));
    return false;
  },
  claim: ({ withdrawal, effect }, now) => {
    const again = sentAgain(effect, now);
    return { changes: [{ change: 'record', to: again }], send: { withdrawal, effect: again } };
  },
  call: ({ effect }) => world.onRamp.transfer(effect.quoteToken, effect.recipientId),
  record: (item, end) => [...recorded(item, end), ...conclude(endings.request, end, item, world)],
});

/** What is kept on record of the request; what becomes of the withdrawal stands in endings.ts. */
function recorded({ withdrawal, effect }: Converting, end: End<Transfer>): Change[] {
  const next = { ...effect, version: effect.version + 1 };
  switch (end.is) {
    case 'taken': {
      // What is found in a list may have been made of another's quote.
      const quoteUsed = effect.quoteUsed || end.by === 'answer';
      const { id: transferId } = end.value;
      return claimOf({ withdrawal, effect: { ...next, transferId, quoteUsed }, transferId });
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
      return [{ change: 'record', to: notSent(effect) }];
    case 'not-made':
    case 'for-a-person':
      return [];
    default:
      return end satisfies never;
  }
}

/** The transfer is this withdrawal's, and nobody else's from now on. */
export const claimOf = ({ withdrawal, effect, transferId }: Known): Change[] => [
  { change: 'claim', transferId, withdrawalId: withdrawal.id, walletId: withdrawal.walletId },
  { change: 'record', to: effect },
];

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

/** What was taken from the wallet, but for a little above and the usual fees below. */
export function isPlausible({ amount, currency, asset }: Due['withdrawal'], payout: Minor) {
  const atPar = convertAtPar(amount, currency, asset);
  const small = convertAtPar(minor(payoutBelowAlwaysCents), 'USD', asset);
  const missing = atPar - payout;
  return (
    payout > 0n &&
    payout * 100n <= atPar * (100n + payoutAbovePercentMax) &&
    (missing <= small || missing * 100n <= atPar * payoutBelowPercentMax)
  );
}
