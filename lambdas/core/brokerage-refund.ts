/**
 * 6-refund for a wallet whose money is at a brokerage: first the mirror of its journal gives the cash back, and only when
 * that is executed the hold is released, so that nobody can spend what we do not have back yet (reliability.md §4.10).
 */
import { uncounting } from './allowance.ts';
import { returnJournal } from './brokerage.ts';
import type { BrokerageWorld } from './brokerage-debit.ts';
import { debitOf, inReview, moveWithBlock } from './brokerage-follow.ts';
import type { Instant } from './ids.ts';
import {
  follow,
  type JournalEffect,
  type JournalState,
  lookUp,
  newJournal,
  send,
  sentAgain,
} from './journal.ts';
import {
  callTimeoutMs,
  journalKeyLifeMs,
  journalPollMaxMs,
  journalProofMs,
  recordReserveMs,
} from './limits.ts';
import type { Store } from './ports.ts';
import { waitFor } from './retry.ts';
import type { BrokerageWallet } from './wallet.ts';
import { type In, moveTo, type Withdrawal } from './withdrawal.ts';

type Returning = { withdrawal: In<'refunding'>; effect: JournalEffect };

/** Takes each a step further. What the brokerage does not answer is asked again when it is due. */
export async function refundAtBrokerage(
  world: BrokerageWorld,
  wallet: BrokerageWallet,
  refunding: readonly In<'refunding'>[],
): Promise<'done' | 'unfinished'> {
  const { store, budget, clock } = world;
  const effects = await store.journals(
    refunding.map(({ id }) => id),
    'return',
  );
  for (const withdrawal of refunding) {
    // Looking twice at the debit and sending are three calls. What is left is rung again by sweep.
    if (budget.remainingMs() < 3 * callTimeoutMs + recordReserveMs) return 'done';
    if (withdrawal.nextAttemptAt !== null && withdrawal.nextAttemptAt > clock.now()) continue;
    const effect = effects.find(({ withdrawalId }) => withdrawalId === withdrawal.id);
    if (effect === undefined) await begin(world, wallet, withdrawal);
    else if (effect.journalId === null)
      await record(
        world,
        { withdrawal, effect },
        await lookUp(world.brokerage, effect, clock.now()),
      );
    else await followReturn(world, { withdrawal, effect });
  }
  return 'done';
}

async function begin(
  world: BrokerageWorld,
  { funding }: BrokerageWallet,
  from: In<'refunding'>,
): Promise<void> {
  const { brokerage, clock } = world;
  if (!(await hasTheCash(world, from))) return;
  const now = clock.now();
  const intent = returnJournal(from.id, from.amount, funding.accountId, brokerage.firm, 1);
  await sendSaved(world, from, newJournal(brokerage, intent, 'return', now));
}

/** The withdrawal moves with it: who has found the cash to be back already is refused, or refuses this. */
async function sendSaved(
  world: BrokerageWorld,
  from: In<'refunding'>,
  effect: JournalEffect,
): Promise<void> {
  const { store, brokerage, clock } = world;
  const now = clock.now();
  const withdrawal = { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null };
  const refused = await store.commit([
    { change: 'journal', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
  ]);
  if (refused.length > 0) return;
  await record(world, { withdrawal, effect }, await send(brokerage, effect, now));
}

/**
 * Whether the cash that the debit took is still with us: only that may be given back. What the brokerage has given back
 * by itself is not given a second time: its hold is released, and that is all.
 */
async function hasTheCash(
  world: BrokerageWorld,
  from: In<'refunding'>,
  asked?: JournalEffect,
): Promise<boolean> {
  const { store, brokerage, clock, dice } = world;
  const taken = await follow(brokerage, await debitOf(store, from.id), clock.now());
  const now = clock.now();
  if (taken === 'open') return false;
  if (taken === 'not-moved') {
    // A mirror that was asked for may still appear, and then the firm has paid twice.
    const until = ((asked?.lastSentAt ?? 0) + journalProofMs) as Instant;
    if (asked === undefined || now >= until) await giveBack(store, from, now);
    else await store.commit([{ change: 'withdrawal', from, to: waitFor(from, until, now, dice) }]);
    return false;
  }
  if (typeof taken === 'object' && 'why' in taken) {
    await store.commit([{ change: 'withdrawal', from, to: inReview(from, taken.why, now) }]);
    return false;
  }
  return true;
}

async function record(
  world: BrokerageWorld,
  { withdrawal: from, effect }: Returning,
  state: JournalState & { refusedCode?: string },
): Promise<void> {
  const { store, clock, dice, budget } = world;
  const now = clock.now();
  const next = { ...effect, version: effect.version + 1 };
  const review = (why: string) =>
    store.commit([{ change: 'withdrawal', from, to: inReview(from, why, now) }]);
  switch (state.is) {
    case 'taken': {
      const taken = { ...next, journalId: state.journal.id };
      const refused = await store.commit([{ change: 'journal', to: taken }]);
      if (refused.length === 0) await followReturn(world, { withdrawal: from, effect: taken });
      return;
    }
    case 'not-made':
      // The firm's account may be short for a while. Nothing was moved: the same again, later.
      if (state.code === 'not-available' && now - effect.firstSentAt < journalKeyLifeMs) {
        const until = (now + journalPollMaxMs) as Instant;
        await store.commit([
          { change: 'journal', to: { ...next, refusedCode: null } },
          { change: 'withdrawal', from, to: waitFor(from, until, now, dice) },
        ]);
        return;
      }
      // The customer's cash is with us and cannot be given back: nothing that a program may decide.
      await review(`The brokerage did not give the cash back (${state.code}).`);
      return;
    case 'waiting': {
      const { refusedCode = effect.refusedCode } = state;
      await store.commit([
        { change: 'journal', to: { ...next, refusedCode } },
        { change: 'withdrawal', from, to: waitFor(from, state.until, now, dice) },
      ]);
      return;
    }
    case 'to-send': {
      if (!(await hasTheCash(world, from, effect))) return;
      if (budget.remainingMs() < callTimeoutMs + recordReserveMs) return;
      await sendSaved(world, from, sentAgain(effect, now));
      return;
    }
    case 'for-a-person':
      await review(state.why);
      return;
    default:
      return state satisfies never;
  }
}

async function followReturn(
  { store, brokerage, clock }: BrokerageWorld,
  { withdrawal: from, effect }: Returning,
): Promise<void> {
  const answer = await follow(brokerage, effect, clock.now());
  const now = clock.now();
  if (answer === 'open') return;
  if (answer === 'not-moved' || (typeof answer === 'object' && 'why' in answer)) {
    const why = answer === 'not-moved' ? 'The brokerage did not give the cash back.' : answer.why;
    await store.commit([{ change: 'withdrawal', from, to: inReview(from, why, now) }]);
    return;
  }
  await giveBack(store, from, now);
}

/** The cash is the customer's again: the hold is released, and what funded it leaves the wallet. */
function giveBack(store: Store, from: In<'refunding'>, now: Instant): Promise<void> {
  const to: Withdrawal =
    from.failure.code === 'CANCELLED_BY_CLIENT'
      ? moveTo(from, 'cancelled', from, now)
      : moveTo(from, 'refunded', { ...from, failure: { ...from.failure, retryable: false } }, now);
  return moveWithBlock(store, { from, to }, ['RELEASE', 'RETURN'], uncounting([from]), now);
}
