/**
 * How a visit ends for a withdrawal. The tables have rows for everything that the on-ramp, the brokerage or a circuit
 * breaker may say, each with what happens next; where several rows hold, the first one counts. Every ending of 3-on-ramp
 * stands here, so a rule about when to try again, to give back or to ask a person is changed here and nowhere else.
 */
import type { Guard } from '../breakers/breaker.ts';
import type { End } from '../effect/kind.ts';
import { expired } from '../effect/verdict.ts';
import {
  accountWaitMinMs,
  arrivalReviewMs,
  arrivalSlowFactor,
  onRampPollMs,
  onRampReviewMs,
  quotesMax,
} from '../kernel/limits.ts';
import { networkSettings } from '../kernel/networks.ts';
import type { Answer } from '../kernel/outcome.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { Proof } from '../withdrawal/proof.ts';
import { retryOrRefund } from '../withdrawal/retry.ts';
import { type WaitReason, waits } from '../withdrawal/waits.ts';
import { type Failure, moveTo } from '../withdrawal/withdrawal.ts';
import type { Arrival } from './arrival.ts';
import type { RefusalVerdict, Transfer, TransferState } from './provider.ts';
import {
  away,
  type Converting,
  type Due,
  type HeldBack,
  heldBack,
  notSentBy,
  type Row,
  review,
  stay,
  wait,
} from './rows.ts';

/** A table that lacks one of the words which may be heard does not compile. */
type Table<Heard extends { is: string }> = {
  readonly [Word in Heard['is']]: readonly Row<Heard & { is: Word }>[];
};
type KeptBack = { is: 'kept-back'; until: Instant };
/** `isPayoutRight`: the transfer pays what its mode of paying in lets us expect (pay-in.ts). */
type Shown = Converting & {
  is: TransferState;
  transfer: Transfer;
  isPayoutRight: boolean;
  /** What the chain shows of a transfer that is paid; `null` for the others. */
  arrival: Arrival | null;
};
/** What became of a request, and what its refusal means for asking again. */
export type Requested<T> = End<T> & { verdict?: RefusalVerdict };
export type Unquoted =
  | KeptBack
  | HeldBack
  | { is: 'no-account' }
  /** The settings of its network are wrong. */
  | { is: 'out-of-service' }
  | { is: 'none'; answer: Answer<unknown>; guard: Guard };

/** The payment is there, and no other withdrawal can count it from now on. */
const arrived: Row<Shown>['next'] = ({ arrival, transfer }, { withdrawal: from }, now) => {
  if (arrival?.is !== 'there') return [];
  const { id: withdrawalId, walletId } = from;
  const facts = { payout: arrival.value, fee: transfer.fee };
  return [
    { change: 'claim', transferId: arrival.claim, withdrawalId, walletId },
    { change: 'withdrawal', from, to: moveTo(from, 'converted', facts, now) },
  ];
};

/** What the payment of the on-ramp is waited for. */
const paymentWait = (arrival: Arrival | null): WaitReason => {
  if (arrival?.is === 'unread') return 'node-away';
  if (arrival?.is === 'wrong-chain' || arrival?.is === 'out-of-service') return arrival.is;
  return arrival?.is === 'unnamed' ? 'payment-unnamed' : 'payment-unseen';
};

/** The on-ramp has paid by its own word alone. It is looked for less and less often. */
const awaitArrival: Row<Shown>['next'] = ({ arrival }, due, now, dice) => {
  const asked = arrival?.is === 'unread' ? arrival.until : null;
  const soon = later(now, Math.max(onRampPollMs, (now - awaitedSince(due, now)) / 4));
  return wait(paymentWait(arrival))({ until: asked ?? soon }, due, now, dice);
};

/** A person at the on-ramp decides, or one of ours must do something there (late.ts tells of the rest). */
const awaitDecision: Row<Shown>['next'] = (_, due, now, dice) => {
  const since = due.withdrawal.history.at(-1)?.at ?? now;
  const until = later(now, Math.max(onRampPollMs, (now - since) / 40));
  return wait('on-ramp-decides')({ until }, due, now, dice);
};

/** Since when the withdrawal has visibly waited for the on-ramp's payment to show. */
function awaitedSince({ withdrawal: { history } }: Due, now: Instant): Instant {
  const inStage = history.slice(history.findLastIndex(({ attempt }) => attempt === undefined));
  const details: readonly string[] = paymentWaits.map((reason) => waits[reason].detail);
  const first = inStage.find(
    ({ attempt, detail = '' }) => attempt === 0 && details.includes(detail),
  );
  return first?.at ?? now;
}
const paymentWaits = ['payment-unnamed', 'payment-unseen', 'node-away'] as const;

/**
 * The transfer came to nothing and our dollars are with us: the money is given back. Only where the provider says that the reason
 * passes is another asked for first.
 */
const giveUp =
  (message: string, passes: boolean): Row<{ code: string }>['next'] =>
  ({ code }, { withdrawal: from, effect }, now, dice) => {
    const failure: Failure = { code: 'ON_RAMP_REJECTED', message, retryable: passes };
    const to = retryOrRefund(from, failure, { proof: 'refused', code }, now, dice);
    const moved: Change = { change: 'withdrawal', from, to };
    if (effect === null) return [moved];
    const again = { ...effect, version: effect.version + 1, transferId: null, refusedCode: code };
    return [{ change: 'record', to: again }, moved];
  };

/** No quote can be had: one is asked for later, or the money is given back. */
const noQuote =
  (failure: Failure): Row<unknown>['next'] =>
  (_, { withdrawal: from, effect }, now, dice) => {
    const code = effect?.refusedCode ?? null;
    const proof: Proof = code === null ? { proof: 'never-sent' } : { proof: 'refused', code };
    return [{ change: 'withdrawal', from, to: retryOrRefund(from, failure, proof, now, dice) }];
  };

/** An earlier request was sent, and what became of it is not known: nothing may be given back. */
const isUndecided = (_: unknown, { effect }: Due): boolean =>
  effect !== null && effect.refusedCode === null && effect.sends > 0;

// biome-ignore format: a table
export const endings: {
  transfer: Table<Shown>;
  request: Table<Requested<unknown>>;
  wire: Table<KeptBack | { is: 'changed' } | End<unknown>>;
  quote: Table<Unquoted>;
} = {
  // What a known transfer shows.
  transfer: {
    'awaiting-funds': [{ next: stay }], // The visit pays in (pay-in.ts).
    pending:          [{ next: stay }],
    held:             [{ next: awaitDecision }],
    returning:        [{ next: stay }],
    unknown:          [{ next: stay }],
    paid: [
      { when: ({ isPayoutRight }) => !isPayoutRight,
        next: review('The on-ramp paid another amount than it quoted.') },
      { when: ({ arrival }) => arrival?.is === 'other',
        next: review('What the on-ramp paid on the chain is not what it says.') },
      { when: ({ arrival }) => arrival?.is === 'claimed',
        next: review('What the on-ramp says that it paid was paid for another withdrawal.') },
      { when: ({ arrival }) => arrival?.is === 'there', next: arrived },
      { when: ({ arrival }) => arrival === null || arrival.is === 'not-looked', next: stay },
      // To wait until a payment is final is the usual course.
      { when: ({ arrival, withdrawal: { network } }, _, now) =>
          arrival?.is === 'mined' && now - arrival.at < arrivalSlowFactor * networkSettings[network].finalityMs, next: stay },
      // The payment may be there for all that is known: what is wrong is a node of ours, of which there is an alarm.
      { when: ({ arrival }) => arrival?.is === 'wrong-chain' || arrival?.is === 'out-of-service', next: awaitArrival },
      { when: (_, due, now) => now - awaitedSince(due, now) > arrivalReviewMs,
        next: review('What the on-ramp says that it paid does not show on the chain.') },
      { next: awaitArrival },
    ],
    returned: [
      { when: ({ transfer }) => transfer.returned === null,
        next: review('The on-ramp gave the money back and does not say how much of it.') },
      { when: ({ transfer, effect }) => (transfer.returned ?? 0n) < effect.source,
        next: review('The on-ramp gave back less than it had taken.') },
      // No USDC will come of it and the dollars are back, as if it had been refused: Due gives back what its review stopped
      // (https://due.readme.io/docs/transfer-flow), so it is not asked to decide again.
      { next: (_, ...rest) => giveUp('The on-ramp gave the money back.', false)({ code: 'returned' }, ...rest) },
    ],
    failed: [{ next: review('The on-ramp did not complete the transfer.') }],
  },
  // What became of a request for a transfer, by its answer or by what a look-up found.
  request: {
    'not-sent':       [{ next: notSentBy('on-ramp-away') }],
    held:             [{ next: heldBack }],
    taken:            [{ next: stay }],
    waiting:          [{ next: stay }],
    'not-made': [
      { when: ({ code }, { effect }) => code === expired && (effect?.quoteNumber ?? 0) >= quotesMax,
        next: review('The on-ramp never says what becomes of requests.') },
      // A quote that ran out unused costs no retry: the visit takes another one (quote.ts).
      { when: ({ code }) => code === expired, next: stay },
      { when: ({ verdict }) => verdict === 'passes', next: giveUp('The on-ramp refused the transfer.', true) },
      { when: ({ verdict }) => verdict === 'compliance', next: giveUp('The on-ramp’s compliance refused the transfer.', false) },
      { next: giveUp('The on-ramp refused the transfer.', false) },
    ],
    'for-a-person':   [{ next: ({ why }, ...rest) => review(why)(null, ...rest) }],
  },
  // What became of the wire that pays for a transfer.
  wire: {
    'kept-back':      [{ next: wait('brokerage-away') }],
    changed:          [{ next: review('The on-ramp changed the transfer that waits for our wire.') }],
    'not-sent': [
      { when: ({ held }) => held === undefined, next: stay },
      { next: notSentBy('brokerage-away') },
    ],
    held:             [{ next: heldBack }],
    taken:            [{ next: stay }],
    waiting:          [{ next: stay }],
    // The cash is at the firm, and the transfer that waits for it will never be paid for.
    // Alpaca forbids a wire for want of cash, which passes. What its people reject or a bank sends back is not wired again.
    'not-made': [
      { when: ({ code }) => code === 'not-available', next: giveUp('The dollars did not reach the on-ramp.', true) },
      { next: giveUp('The dollars did not reach the on-ramp.', false) },
    ],
    'for-a-person':   [{ next: ({ why }, ...rest) => review(why)(null, ...rest) }],
  },
  // Why there is no quote to be sent.
  quote: {
    'kept-back':      [{ next: away }],
    held:             [{ next: heldBack }],
    // An account can take days to be made, which is no failure: it is looked for less and less often.
    'no-account':     [{ next: (_, due, now, dice) =>
      wait('on-ramp-account')({ until: later(now, Math.max(accountWaitMinMs, (now - due.withdrawal.acceptedAt) / 4)) }, due, now, dice) }],
    'out-of-service': [{ next: (_, due, now, dice) =>
      wait('out-of-service')({ until: later(now, onRampPollMs) }, due, now, dice) }],
    none: [
      { when: (_, due, now) => isUndecided(_, due) && now - (due.effect?.firstSentAt ?? 0) < onRampReviewMs, next: stay },
      { when: isUndecided,
        next: review('What became of the conversion is not known, and no other can be had.') },
      { when: ({ answer }) => answer.ok || answer.refused,
        next: noQuote({ code: 'ON_RAMP_REJECTED', message: 'The on-ramp gave no usable quote.', retryable: false }) },
      // The on-ramp was not asked, or is taken to be ill: no withdrawal pays for that with a retry.
      { when: ({ answer, guard }) => 'until' in answer || !guard.isWell,
        next: ({ answer, guard }, ...rest) => away('until' in answer ? answer : guard, ...rest) },
      { next: noQuote({ code: 'RETRIES_EXHAUSTED', message: 'The on-ramp could not be reached.', retryable: true }) },
    ],
  },
};

/** What becomes true with what was heard. */
export function conclude<Heard extends { is: string }>(
  table: Table<Heard>,
  heard: Heard,
  due: Due,
  { clock, dice }: { clock: Clock; dice: Dice },
): Change[] {
  const rows: readonly Row<Heard>[] = table[heard.is as Heard['is']];
  const now = clock.now();
  const row = rows.find(({ when }) => when?.(heard, due, now) ?? true);
  return row?.next(heard, due, now, dice) ?? [];
}
