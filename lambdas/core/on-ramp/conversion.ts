/**
 * A transfer of the on-ramp as an effect (effect/effect.ts). The provider has no idempotency key, but a quote makes one transfer
 * at most: the quote is the key. A transfer that is found is claimed, for transfers of one amount are alike
 * (docs/decisions/0006).
 */
import type { Gates } from '../breakers/gates.ts';
import { transferring } from '../breakers/names.ts';
import type { Brokerage } from '../brokerage/brokerage.ts';
import type { EffectKind, End, Found } from '../effect/kind.ts';
import { type Budget, listTimeOf } from '../kernel/budget.ts';
import {
  onRampProofMs,
  onRampReviewMs,
  onRampSettleMs,
  payoutAbovePercentMax,
  payoutBelowAlwaysCents,
  payoutBelowPercentMax,
  payoutBelowSmallPercentMax,
  providerClockSkewMs,
  quoteMarginMs,
} from '../kernel/limits.ts';
import { convertAtPar, type Minor, minor } from '../kernel/money.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord, PayIn } from '../store/conversion-record.ts';
import { type Learned, notSent, sentAgain } from '../store/send-record.ts';
import type { Store, WireStore } from '../store/store.ts';
import type { Switches } from '../switches/switches.ts';
import { eachAbout } from '../withdrawal/about.ts';
import type { Arrivals } from './arrival.ts';
import { conclude, endings, type Requested } from './endings.ts';
import type { OnRamp, Transfer, TransferSeen, TransferState, VirtualAccounts } from './provider.ts';
import type { Converting, Due } from './rows.ts';

export type OnRampWorld = {
  store: Store & WireStore;
  onRamp: OnRamp;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  switches: Switches;
  gates: Pick<Gates, 'begin' | 'during'>;
  /** How new conversions are paid for. One that was begun is paid for as it was begun. */
  payIn: PayIn;
  /** Asked only where dollars are paid into a virtual account. */
  accounts: VirtualAccounts;
  brokerage: Brokerage | null;
  /** Where it is seen what the on-ramp has paid. */
  arrivals: Arrivals;
};

/** A conversion whose transfer is known to be its own. */
export type Known = Converting & { effect: { transferId: string } };

export const conversionEffect = (world: OnRampWorld): EffectKind<Converting, Transfer> => ({
  name: 'conversion',
  guard: 'on-ramp',
  settleMs: onRampSettleMs,
  proofMs: onRampProofMs,
  reviewMs: onRampReviewMs,
  isShared: true,
  again: ({ effect }) => ({
    from: effect.lastSentAt,
    until: effect.quoteUsed ? effect.lastSentAt : later(effect.quoteExpiresAt, -quoteMarginMs),
  }),
  deadFrom: ({ effect }) => madeWithin(effect).until,
  lookUp: (items) => eachAbout(items, (item) => findTransfers(world, item, world.clock.now())),
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
  call: async (item) => {
    const { quoteToken, recipientId } = item.effect;
    const answer = await world.onRamp.transfer(quoteToken, recipientId);
    // An answer about another transfer says nothing of ours, which is then looked up.
    return answer.outcome === 'APPLIED' && !isAlike(item, answer.value)
      ? { outcome: 'UNKNOWN', why: 'an answer about something else than was quoted' }
      : answer;
  },
  record: (item, end) => [
    ...recorded(world.onRamp, item, end),
    ...conclude(endings.request, judged(world.onRamp, item, end), item, world),
  ],
});

/** An end with what its refusal, if it is one, means for asking again. */
function judged(onRamp: OnRamp, { effect }: Converting, end: End<Transfer>): Requested<Transfer> {
  if (end.is !== 'not-made') return end;
  const code = effect.stoppedBy ?? end.code;
  return { ...end, code, verdict: onRamp.verdictOn(code) };
}

/** The code with which compliance has ended all asking for this quote, now or earlier. */
export const stoppedBy = (
  { verdictOn }: OnRamp,
  { effect }: Converting,
  { refusedCode }: Learned,
): string | undefined =>
  refusedCode !== null && verdictOn(refusedCode) === 'compliance' ? refusedCode : effect.stoppedBy;

/** What is kept on record of the request; what becomes of the withdrawal stands in endings.ts. */
function recorded(onRamp: OnRamp, item: Converting, end: End<Transfer>): Change[] {
  const { withdrawal, effect } = item;
  const next = { ...effect, version: effect.version + 1 };
  switch (end.is) {
    case 'taken': {
      // What is found in a list may have been made of another's quote.
      const quoteUsed = effect.quoteUsed || end.by === 'answer';
      const { id: transferId } = end.value;
      return claimOf({ withdrawal, effect: { ...next, transferId, quoteUsed } });
    }
    case 'waiting': {
      // The next visit asks again. A no to a repetition means only that the quote is used up.
      const { refusedCode, nothingSince } = end.learned;
      const quoteUsed = effect.quoteUsed || refusedCode !== null;
      const stopped = stoppedBy(onRamp, item, end.learned);
      return quoteUsed === effect.quoteUsed &&
        nothingSince === effect.nothingSince &&
        stopped === effect.stoppedBy
        ? []
        : [{ change: 'record', to: { ...next, quoteUsed, nothingSince, stoppedBy: stopped } }];
    }
    case 'not-sent':
      return [{ change: 'record', to: notSent(effect) }];
    case 'not-made':
    case 'held':
    case 'for-a-person':
      return [];
    default:
      return end satisfies never;
  }
}

/** From now on the transfer is this withdrawal's, and no other can claim it. */
export const claimOf = ({
  withdrawal: { id: withdrawalId, walletId },
  effect,
}: Known): Change[] => [
  { change: 'claim', transferId: effect.transferId, withdrawalId, walletId },
  { change: 'record', to: effect },
];

/** When a transfer of this quote can be made: however slow a request is, it counts for as long as its quote is good. */
export const madeWithin = ({ firstSentAt, quoteExpiresAt }: ConversionRecord) => ({
  from: later(firstSentAt, -providerClockSkewMs),
  until: later(quoteExpiresAt, providerClockSkewMs + onRampSettleMs),
});

const cameToNothing: readonly TransferState[] = ['returned', 'failed'];

/**
 * The transfers that a lost request may have made. The oldest comes first, for a later request cannot have made it, and one that
 * failed comes last. One that pays another amount or was made by a deposit is doubtful: it may be another withdrawal's, which
 * takes it first, or ours, paid otherwise than it was quoted. One that was given back pays nothing, but how much came back has
 * to be seen. The last look, before another is asked for, also takes one of any time: whoever made that has claimed ours.
 */
async function findTransfers(
  { onRamp, budget }: Pick<OnRampWorld, 'onRamp' | 'budget'>,
  item: Converting,
  now: Instant,
): Promise<Found<Transfer>> {
  const { effect } = item;
  const { from, until } = madeWithin(effect);
  const isLastLook = effect.nothingSince !== null;
  const how = listedFor(budget, [item], now);
  const listed = await (isLastLook
    ? onRamp.transfersBetween(later(from, -onRampProofMs), now, how)
    : onRamp.transfersBetween(from, until, how));
  if (!listed.ok) return { found: 'unclear' };
  const alike = listed.value
    .filter((one) => isAlike(item, one))
    .sort((a, b) => a.createdAt - b.createdAt);
  const ours = alike.filter(({ createdAt }) => createdAt >= from && createdAt <= until);
  const back = ours.filter(({ state }) => state === 'returned');
  const standing = ours
    .filter(({ state }) => state !== 'returned')
    .sort((a, b) => Number(a.state === 'failed') - Number(b.state === 'failed'));
  const asQuoted = ({ payout, accountId }: Transfer): boolean =>
    payout === effect.payout && accountId === null;
  const leftOver = alike.filter(
    (one) => !ours.includes(one) && asQuoted(one) && !cameToNothing.includes(one.state),
  );
  return {
    found: 'these',
    values: standing.filter(asQuoted),
    doubtful: [...standing.filter((one) => !asQuoted(one)), ...back, ...leftOver],
  };
}

export const isAlike = ({ withdrawal, effect }: Converting, transfer: Transfer): boolean =>
  (transfer.rail === null || transfer.rail === withdrawal.network) &&
  transfer.source === effect.source &&
  (transfer.recipientId === null || transfer.recipientId === effect.recipientId);

/** How transfers are listed for these: in what is left of the visit, and of what cannot be read only what may be theirs counts. */
export const listedFor = (budget: Budget, items: readonly Converting[], now: Instant) => ({
  withinMs: listTimeOf(budget),
  noOlderThanMs: Math.min(...items.map(({ effect }) => mayBeOld(effect, now))),
  mayBeOurs: (seen: TransferSeen): boolean => items.some((item) => mayBeAlike(item, seen)),
});

/**
 * How old what a look has read of a long list may be. The look that proves the absence has read all of it so long after the one before;
 * any other one, after the last request.
 */
function mayBeOld({ nothingSince, lastSentAt }: ConversionRecord, now: Instant): number {
  const since = nothingSince === null ? lastSentAt : later(nothingSince, onRampProofMs);
  return Math.max(now - since, 0);
}

/** Whether nothing that can be read of it says that it is another's. */
const mayBeAlike = ({ withdrawal, effect }: Converting, seen: TransferSeen): boolean =>
  (seen.rail === null || seen.rail.toLowerCase() === withdrawal.network) &&
  (seen.source === null || seen.source === effect.source) &&
  (seen.recipientId === null ||
    seen.recipientId.toLowerCase() === effect.recipientId.toLowerCase());

type Priced = Pick<Due['withdrawal'], 'amount' | 'currency' | 'asset'>;

/** Whether a payout is what was taken from the wallet, but for a little more or the usual fees less. */
export function isPlausible({ amount, currency, asset }: Priced, payout: Minor) {
  const atPar = convertAtPar(amount, currency, asset);
  return (
    payout > 0n &&
    payout * 100n <= atPar * (100n + payoutAbovePercentMax) &&
    isFee(atPar - payout, atPar, convertAtPar(minor(payoutBelowAlwaysCents), 'USD', asset))
  );
}

/** Whether the fee that the on-ramp tells of can be one for this amount. */
export const isPlausibleFee = ({ amount }: Pick<Priced, 'amount'>, fee: Minor): boolean =>
  isFee(fee, amount, payoutBelowAlwaysCents);

const isFee = (missing: bigint, amount: bigint, small: bigint): boolean =>
  missing * 100n <= amount * payoutBelowPercentMax ||
  (missing <= small && missing * 100n <= amount * payoutBelowSmallPercentMax);
