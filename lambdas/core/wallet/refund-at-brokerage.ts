/**
 * 6-refund for a wallet whose money is at a brokerage: first the mirror of its journal gives the cash back, and only when
 * that is executed the hold is released, so that nobody can spend what the customer does not have back yet.
 */

import { type Journal, returnJournal } from '../brokerage/brokerage.ts';
import {
  followJournals,
  type Journaling,
  journalEffect,
  newJournal,
} from '../brokerage/journal.ts';
import { journalsSideBySide } from '../brokerage/limits.ts';
import type { BrokerageWorld } from '../brokerage/world.ts';
import { type Ended, lookUpAndSend, sendSaved } from '../effect/effect.ts';
import type { EffectKind } from '../effect/kind.ts';
import { journalKeyLifeMs, journalPollMaxMs, journalProofMs } from '../kernel/limits.ts';
import { eachSideBySide, type InTurn, inTurn } from '../kernel/side-by-side.ts';
import type { Instant } from '../kernel/time.ts';
import { later } from '../kernel/time.ts';
import type { BrokerageWallet } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import { notSent, sentAgain } from '../store/send-record.ts';
import { commitGroups } from '../store/store.ts';
import { heldChange, waitKeptBack } from '../switches/waiting.ts';
import { aboutWithdrawal } from '../withdrawal/about.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { givenBack } from '../withdrawal/endings.ts';
import { inReview, waitFor } from '../withdrawal/retry.ts';
import type { In } from '../withdrawal/withdrawal.ts';
import { debitOf, moveWithBlock } from './follow-debit.ts';

type Returning = Journaling<In<'refunding'>>;
/** Side by side they are asked about, and one after the other they write the wallet's next block. */
type ReturnWorld = BrokerageWorld & { turn: InTurn };

/** Takes each refund a step further. What the brokerage does not answer is asked again when the withdrawal is due. */
export async function refundAtBrokerage(
  given: BrokerageWorld,
  wallet: BrokerageWallet,
  refunding: readonly In<'refunding'>[],
): Promise<'done' | 'unfinished'> {
  const world = { ...given, turn: inTurn() };
  const { store, budget, clock } = world;
  const effects = await store.journals(
    refunding.map(({ id }) => id),
    'return',
  );
  const goOn = async (withdrawal: In<'refunding'>): Promise<void> => {
    if (withdrawal.nextAttemptAt !== null && withdrawal.nextAttemptAt > clock.now()) return;
    const effect = effects.find(({ withdrawalId }) => withdrawalId === withdrawal.id);
    if (effect === undefined) await beginReturn(world, wallet, withdrawal);
    else if (effect.journalId === null)
      await followExecutedReturns(
        world,
        await lookUpAndSend(world, returns(world), [{ withdrawal, effect }]),
      );
    else await followReturn(world, { withdrawal, effect });
  };
  // Looking twice at the debit and sending are three calls. Sweep rings again for what this visit does not reach.
  const inTime = () => budget.allows({ calls: 3 });
  await eachSideBySide(
    refunding,
    journalsSideBySide,
    (one) => aboutWithdrawal(one, () => goOn(one)),
    inTime,
  );
  return 'done';
}

async function beginReturn(
  world: ReturnWorld,
  { funding }: BrokerageWallet,
  from: In<'refunding'>,
): Promise<void> {
  const { store, brokerage, clock } = world;
  if (!(await hasTheCash(world, from))) return;
  const held = await world.switches.held('give-back');
  const now = clock.now();
  if (held !== null) {
    await commitGroups(store, [{ changes: heldChange(from, held, now, world.dice) }]);
    return;
  }
  const intent = returnJournal(from.id, from.amount, funding.accountId, brokerage.firm, 1);
  const { changes, send } = claimed(from, newJournal(brokerage, intent, 'return', now), now);
  if ((await store.commit(changes)).length > 0) return;
  await followExecutedReturns(world, await sendSaved(world, returns(world), [send]));
}

/** The withdrawal's version moves with the record: a visit that finds the cash to be back already is refused, or refuses this one. */
function claimed(
  from: In<'refunding'>,
  effect: JournalRecord,
  now: Instant,
): { changes: Change[]; send: Returning } {
  const withdrawal = { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null };
  return {
    changes: [
      { change: 'record', to: effect },
      { change: 'withdrawal', from, to: withdrawal },
    ],
    send: { withdrawal, effect },
  };
}

/**
 * Whether the cash that the debit took is still with the firm: only then may it be given back. Cash that the brokerage has
 * given back by itself is not given a second time: the hold is released, and that is all.
 */
async function hasTheCash(
  world: ReturnWorld,
  from: In<'refunding'>,
  asked?: JournalRecord,
): Promise<boolean> {
  const { store, brokerage, clock, dice } = world;
  const taken = await followJournals(brokerage, await debitOf(store, from.id), clock.now());
  const now = clock.now();
  if (taken === 'open') return false;
  if (taken === 'not-moved') {
    // A mirror journal that was asked for may still appear, and then the firm would have paid twice.
    const until = ((asked?.lastSentAt ?? 0) + journalProofMs) as Instant;
    if (asked === undefined || now >= until) await giveBack(world, from, now);
    else {
      const to = waitFor(from, until, 'not-given-back', now, dice);
      await store.commit([{ change: 'withdrawal', from, to }]);
    }
    return false;
  }
  if (typeof taken === 'object' && 'why' in taken) {
    await store.commit([{ change: 'withdrawal', from, to: inReview(from, taken.why, now) }]);
    return false;
  }
  return true;
}

const returns = (world: ReturnWorld): EffectKind<Returning, Journal> => ({
  ...journalEffect<In<'refunding'>>(world.brokerage, world.clock),
  name: 'return journal',
  guard: 'give-back',
  mayGo: ({ withdrawal, effect }) => hasTheCash(world, withdrawal, effect),
  claim: ({ withdrawal, effect }, now) => claimed(withdrawal, sentAgain(effect, now), now),
  record: ({ withdrawal: from, effect }, end) => {
    const { clock, dice } = world;
    const now = clock.now();
    const next = { ...effect, version: effect.version + 1 };
    const waiting = (until: Instant, to: JournalRecord): Change[] => [
      { change: 'record', to },
      { change: 'withdrawal', from, to: waitFor(from, until, 'not-given-back', now, dice) },
    ];
    const review = (why: string): Change[] => [
      { change: 'withdrawal', from, to: inReview(from, why, now) },
    ];
    switch (end.is) {
      case 'taken':
        return [{ change: 'record', to: { ...next, journalId: end.value.id } }];
      case 'not-made':
        // The firm's account may be short for a while. Nothing was moved, so the same journal goes again later.
        if (end.code === 'not-available' && now < later(effect.firstSentAt, journalKeyLifeMs))
          return waiting(later(now, journalPollMaxMs), {
            ...next,
            refusedCode: null,
            nothingSince: null,
          });
        // The customer's cash is with the firm and cannot be given back: no program may decide what to do about that.
        return review(`The brokerage did not give the cash back (${end.code}).`);
      case 'waiting':
        return waiting(end.until, { ...next, ...end.learned });
      case 'not-sent':
        return [
          { change: 'record', to: notSent(effect) },
          { change: 'withdrawal', from, to: waitKeptBack(from, end, 'not-given-back', now, dice) },
        ];
      case 'held':
        return heldChange(from, end.held, now, dice);
      case 'for-a-person':
        return review(end.why);
      default:
        return end satisfies never;
    }
  },
});

async function followExecutedReturns(
  world: ReturnWorld,
  ended: readonly Ended<Returning, Journal>[],
): Promise<void> {
  for (const { item, end, isTrue } of ended) {
    if (!isTrue || end.is !== 'taken') continue;
    const { withdrawal, effect } = item;
    const taken = { ...effect, version: effect.version + 1, journalId: end.value.id };
    await followReturn(world, { withdrawal, effect: taken });
  }
}

async function followReturn(
  world: ReturnWorld,
  { withdrawal: from, effect }: Returning,
): Promise<void> {
  const { store, brokerage, clock } = world;
  const answer = await followJournals(brokerage, effect, clock.now());
  const now = clock.now();
  if (answer === 'open') return;
  if (answer === 'not-moved' || (typeof answer === 'object' && 'why' in answer)) {
    const why = answer === 'not-moved' ? 'The brokerage did not give the cash back.' : answer.why;
    await store.commit([{ change: 'withdrawal', from, to: inReview(from, why, now) }]);
    return;
  }
  await giveBack(world, from, now);
}

/** Once the cash is the customer's again the hold is released, and what funded it leaves the wallet. */
function giveBack(
  { store, turn }: ReturnWorld,
  from: In<'refunding'>,
  now: Instant,
): Promise<void> {
  // Its journal can never be asked for again under the same description (docs/decisions/0016-wallets-at-a-brokerage.md).
  const failure = { ...from.failure, retryable: false };
  const to = givenBack({ ...from, failure }, now);
  const more = async () => uncounting([from]);
  return turn(() => moveWithBlock(store, { from, to }, ['RELEASE', 'RETURN'], more, now));
}
