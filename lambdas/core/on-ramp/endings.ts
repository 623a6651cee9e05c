/**
 * How a visit ends for a withdrawal. The table has rows for everything that the on-ramp, the brokerage or a circuit
 * breaker may say, each with what follows from it; where several hold, the first one counts. Every ending of 3-on-ramp
 * stands here, so a rule about when to try again, to give back or to ask a person is changed here and nowhere else.
 */
import type { Guard } from '../breakers/breaker.ts';
import type { End } from '../effect/kind.ts';
import { expired } from '../effect/verdict.ts';
import { accountWaitMinMs, onRampReviewMs } from '../kernel/limits.ts';
import type { Minor } from '../kernel/money.ts';
import type { Answer } from '../kernel/outcome.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { ConversionRecord } from '../store/conversion-record.ts';
import { inReview, retryOrRefund, waitFor } from '../withdrawal/retry.ts';
import { type Failure, type In, moveTo } from '../withdrawal/withdrawal.ts';
import type { Transfer, TransferState } from './provider.ts';

/** A withdrawal, and what is on record of its conversion; `null`: the on-ramp was not asked for it yet. */
export type Due = { withdrawal: In<'reserved' | 'converting'>; effect: ConversionRecord | null };
export type Converting = { withdrawal: In<'converting'>; effect: ConversionRecord };

type Ending =
  /** Nothing becomes true of the withdrawal: this visit does something else about it, or the next one asks again. */
  | { is: 'open' }
  /** Nothing is begun before `until`. The withdrawal shows as RETRYING, and none of its retries is used up. */
  | { is: 'waiting'; until: Instant }
  | { is: 'converted'; payout: Minor; fee: Minor }
  /** The transfer came to nothing and our dollars are with us: another is asked for, or the money is given back. */
  | { is: 'given-up'; code: string; message: string }
  /** There is no quote to send: one is asked for later, or the money is given back. */
  | { is: 'no-quote'; failure: Failure }
  | { is: 'review'; why: string };

type Row<Heard> = { when?(heard: Heard): boolean; next(heard: Heard): Ending };
/** A table that lacks one of the words which may be heard does not compile. */
type Table<Heard extends { is: string }> = {
  readonly [Word in Heard['is']]: readonly Row<Heard & { is: Word }>[];
};

type KeptBack = { is: 'kept-back'; until: Instant };
type Endings = {
  /** `isPayoutRight`: it pays what its pay-in mode lets us expect (pay-in.ts). */
  transfer: Table<Converting & { is: TransferState; transfer: Transfer; isPayoutRight: boolean }>;
  request: Table<KeptBack | End<unknown>>;
  wire: Table<KeptBack | End<unknown> | { is: 'changed' }>;
  quote: Table<
    | KeptBack
    | { is: 'no-account'; acceptedAt: Instant; now: Instant }
    | (Due & { is: 'none'; answer: Answer<unknown>; guard: Guard; now: Instant })
  >;
};

const open = (): Ending => ({ is: 'open' });
const wait = ({ until }: { until: Instant }): Ending => ({ is: 'waiting', until });
const review = (why: string) => (): Ending => ({ is: 'review', why });
const giveUp = (code: string, message: string): Ending => ({ is: 'given-up', code, message });
const noQuote = (code: Failure['code'], message: string, retryable: boolean) => (): Ending => ({
  is: 'no-quote',
  failure: { code, message, retryable },
});

/** A request was sent for it, and nothing says what became of that: nothing may be given back. */
const isUndecided = ({ effect }: Due): boolean =>
  effect !== null && effect.refusedCode === null && effect.sends > 0;

// biome-ignore format: a table
export const endings: Endings = {
  /** What a known transfer shows. */
  transfer: {
    'awaiting-funds': [{ next: open }], // The visit pays in (pay-in.ts).
    pending:          [{ next: open }],
    held:             [{ next: open }],
    returning:        [{ next: open }],
    unknown:          [{ next: open }],
    paid: [
      { when: ({ isPayoutRight, transfer, withdrawal }) => !isPayoutRight || transfer.fee >= withdrawal.amount,
        next: review('The on-ramp paid another amount than it quoted.') },
      { next: ({ transfer: { payout, fee } }) => ({ is: 'converted', payout, fee }) },
    ],
    returned: [
      { when: ({ transfer }) => transfer.returned === null,
        next: review('The on-ramp gave the money back and does not say how much of it.') },
      { when: ({ transfer, effect }) => (transfer.returned ?? 0n) < effect.source,
        next: review('The on-ramp gave back less than it had taken.') },
      // No USDC will come of it and the dollars are back, as if it had been refused.
      { next: () => giveUp('returned', 'The on-ramp gave the money back.') },
    ],
    failed: [{ next: review('The on-ramp did not complete the transfer.') }],
  },
  /** What became of a request for a transfer, by its answer or by what a look-up shows. */
  request: {
    'kept-back':    [{ next: wait }],
    'not-sent':     [{ next: wait }],
    taken:          [{ next: open }],
    waiting:        [{ next: open }],
    'not-made': [
      // A quote that ran out unused counts against nobody: the visit takes another one (quote.ts).
      { when: ({ code }) => code === expired, next: open },
      { next: ({ code }) => giveUp(code, 'The on-ramp refused the transfer.') },
    ],
    'for-a-person': [{ next: ({ why }) => ({ is: 'review', why }) }],
  },
  /** What became of the wire that pays for a transfer. */
  wire: {
    'kept-back':    [{ next: wait }],
    changed:        [{ next: review('The on-ramp changed the transfer that waits for our wire.') }],
    'not-sent':     [{ next: open }],
    taken:          [{ next: open }],
    waiting:        [{ next: open }],
    // The cash is at the firm, and the transfer that waits for it will never be paid for.
    'not-made':     [{ next: ({ code }) => giveUp(code, 'The dollars did not reach the on-ramp.') }],
    'for-a-person': [{ next: ({ why }) => ({ is: 'review', why }) }],
  },
  /** Why no quote is sent. */
  quote: {
    'kept-back':    [{ next: wait }],
    // An account can take days to be made, which is no failure: it is looked for less and less often.
    'no-account':   [{ next: ({ acceptedAt, now }) => wait({ until: later(now, Math.max(accountWaitMinMs, (now - acceptedAt) / 4)) }) }],
    none: [
      { when: (heard) => isUndecided(heard) && heard.now - (heard.effect?.firstSentAt ?? 0) < onRampReviewMs, next: open },
      { when: isUndecided, next: review('What became of the conversion is not known, and no other can be had.') },
      { when: ({ answer }) => answer.ok || answer.refused, next: noQuote('ON_RAMP_REJECTED', 'The on-ramp gave no usable quote.', false) },
      // It was not asked, or is taken to be ill: that counts against nobody.
      { when: ({ answer, guard }) => 'until' in answer || !guard.isWell,
        next: ({ answer, guard }) => wait('until' in answer ? answer : guard) },
      { next: noQuote('RETRIES_EXHAUSTED', 'The on-ramp could not be reached.', true) },
    ],
  },
};

/** What becomes true with what was heard. */
export function conclude<Heard extends { is: string }>(
  table: Table<Heard>,
  heard: Heard,
  { withdrawal: from, effect }: Due,
  { clock, dice }: { clock: Clock; dice: Dice },
): Change[] {
  const rows: readonly Row<Heard>[] = table[heard.is as Heard['is']];
  const ending = rows.find(({ when }) => when?.(heard) ?? true)?.next(heard) ?? open();
  const now = clock.now();
  switch (ending.is) {
    case 'open':
      return [];
    case 'waiting':
      return [{ change: 'withdrawal', from, to: waitFor(from, ending.until, now, dice) }];
    case 'converted': {
      const { payout, fee } = ending;
      return [{ change: 'withdrawal', from, to: moveTo(from, 'converted', { payout, fee }, now) }];
    }
    case 'given-up': {
      const { code, message } = ending;
      const failure: Failure = { code: 'ON_RAMP_REJECTED', message, retryable: true };
      const to = retryOrRefund(from, failure, { proof: 'refused', code }, now, dice);
      const moved: Change = { change: 'withdrawal', from, to };
      if (effect === null) return [moved];
      const again = { ...effect, version: effect.version + 1, transferId: null, refusedCode: code };
      return [{ change: 'record', to: again }, moved];
    }
    case 'no-quote': {
      const code = effect?.refusedCode ?? null;
      const proof =
        code === null ? ({ proof: 'never-sent' } as const) : ({ proof: 'refused', code } as const);
      return [
        { change: 'withdrawal', from, to: retryOrRefund(from, ending.failure, proof, now, dice) },
      ];
    }
    case 'review':
      return [{ change: 'withdrawal', from, to: inReview(from, ending.why, now) }];
    default:
      return ending satisfies never;
  }
}
