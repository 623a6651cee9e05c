/**
 * A client retries a withdrawal: one that FAILED goes back to the wallet's inbox, one in REVIEW to its step. Neither can pay
 * twice: nothing was ever signed for the first, and the step of the second only looks up what it had asked for.
 */
import { takeUpsMax } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { Store } from '../store/store.ts';
import type { Switches } from '../switches/switches.ts';
import { counting, countingDay, type Limits } from '../withdrawal/counters.ts';
import { backTo } from '../withdrawal/endings.ts';
import { mayBegin } from '../withdrawal/proof.ts';
import { moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { dayExceeded, outOfBounds } from './allowance.ts';
import { decideAndCommit } from './decide.ts';
import { notAccepting, type Problem, refuse } from './problem.ts';

type TakeUpWorld = {
  store: Store;
  clock: Clock;
  limits: Limits;
  dueAfterMs: number;
  switches: Switches;
};

/** Retries a withdrawal that exists, or answers NOT_RETRYABLE or LIMIT_EXCEEDED; TEMPORARILY_UNAVAILABLE while nothing is accepted. */
export const makeTakeUp =
  ({ store, clock, limits, dueAfterMs, switches }: TakeUpWorld) =>
  async (id: Withdrawal['id']): Promise<Withdrawal | Problem> => {
    if ((await switches.held('accept')) !== null) return notAccepting;
    return decideAndCommit(store, id, (from) => {
      const now = clock.now();
      const moved = takenUp(from, limits, now);
      if ('problem' in moved) return { answer: moved, changes: [] };
      const to: Withdrawal = { ...moved, dueAt: (now + dueAfterMs) as Instant };
      const counters = to.stage === 'requested' ? counting(limits, to) : [];
      return {
        answer: to,
        changes: [{ change: 'withdrawal', from, to }, ...counters],
        refused: async (index) => {
          const counter = counters[index - 1]?.counter;
          if (counter === undefined) throw new Error(`${id} was refused for no reason`);
          return dayExceeded(limits, counter, await store.counted(counter));
        },
      };
    });
  };

/** The withdrawal after the retry, or the problem that speaks against it. */
export function takenUp(from: Withdrawal, limits: Limits, now: Instant): Withdrawal | Problem {
  if (from.takeUps >= takeUpsMax)
    return notRetryable(`It has been taken up ${takeUpsMax} times already.`);
  const detail = 'Taken up again by the client.';
  switch (from.stage) {
    case 'rejected':
    case 'refunded': {
      if (!from.failure.retryable)
        return notRetryable(`${from.failure.message} Create a new withdrawal instead.`);
      if (from.stage === 'refunded' && !mayBegin(from.proof))
        return notRetryable('It has come to its end. Create a new withdrawal instead.');
      const bounds = outOfBounds(limits, from.amount, from.currency);
      if (bounds !== null) return bounds;
      // The facts of the earlier round are dropped. Nothing was signed in it, so there are none of a chain.
      const round = { proof: undefined, payout: undefined, fee: undefined, ...from };
      const { failure, proof, payout, fee, ...request } = round;
      const anew = moveTo(request, 'requested', {}, now, detail);
      return {
        ...anew,
        takeUps: from.takeUps + 1,
        acceptedAt: now,
        countedOn: countingDay(limits, from.currency, now),
        payoutBarrier: 'OPEN',
      };
    }
    case 'review': {
      const { failure, heldFrom, ...held } = from;
      if (heldFrom === 'refunding')
        return notRetryable('Its money could not be given back: a person has to see to it.');
      return { ...backTo(heldFrom, held, now, detail), takeUps: from.takeUps + 1 };
    }
    case 'cancelled':
      return notRetryable('It was cancelled. Create a new withdrawal.');
    case 'settled':
      return notRetryable('It is completed.');
    case 'requested':
    case 'debiting':
    case 'reserved':
    case 'converting':
    case 'converted':
    case 'signed':
    case 'broadcast':
    case 'confirmed':
    case 'refunding':
      return notRetryable('It is under way; what can be tried again is tried again by itself.');
    default:
      return from satisfies never;
  }
}

const notRetryable = (detail: string): Problem => refuse('NOT_RETRYABLE', detail);
