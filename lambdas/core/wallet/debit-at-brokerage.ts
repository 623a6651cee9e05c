/**
 * 2-journal, for a wallet whose money is at a brokerage: a journal takes it from the customer's account, and when that is
 * executed one block funds and holds it here. The wallet's withdrawals go to the brokerage in the order in which they were
 * accepted. Order matters only where money is short: one goes while others ahead of it have no answer if the cash covers
 * every outcome of theirs, and waits for them if it may not.
 */
import { journaling } from '../breakers/names.ts';
import type { Journal } from '../brokerage/brokerage.ts';
import { type CashRead, isFresh, leftOf, readCash } from '../brokerage/cash.ts';
import {
  callUnderwayMs,
  debitsLookedAt,
  journalsSideBySide,
  replayWaitMaxMs,
} from '../brokerage/limits.ts';
import type { BrokerageWorld } from '../brokerage/world.ts';
import { type Ended, lookUpAndSend, sendSaved } from '../effect/effect.ts';
import { type TurnsWorld, waitForTurn } from '../effect/turns.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { inTurn, sideBySide } from '../kernel/side-by-side.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { BrokerageWallet } from '../ledger/wallet.ts';
import type { AskedCash } from '../store/asked-cash.ts';
import { commitGroups } from '../store/store.ts';
import { heldChange, isHeld } from '../switches/waiting.ts';
import { waitReasonOf } from '../withdrawal/retry.ts';
import type { In } from '../withdrawal/withdrawal.ts';
import { type Debiting, debitEffect, saveDebits } from './debit-journal.ts';
import { showDebitsAhead } from './debits-ahead.ts';
import { followDebits } from './follow-debit.ts';
import { inboxSettleMs, inboxStaleMs } from './limits.ts';

type Requested = In<'requested'>;
/** The wallet's line: whose journals have no answer, and who may be next, both in order of acceptance. */
type Line = { unclear: readonly Debiting[]; next: readonly Requested[]; isStale: boolean };
type Round = 'begun' | 'nothing' | 'stop';

/** Refusals by others' writes in a row after which the wallet is left to the next visit. */
const refusalsMax = 5;

/** Takes what waits in the wallet's inbox to the brokerage. It answers `unfinished` when its time ran out first: the step must be rung again. */
export async function debitAtBrokerage(
  world: BrokerageWorld & TurnsWorld,
  wallet: BrokerageWallet,
): Promise<'done' | 'unfinished'> {
  const { store, clock, budget } = world;
  const visit = visitOf(world, wallet);
  const { underway } = visit;
  try {
    while (budget.allows({ calls: 1 }) && !underway.hasFailed()) {
      const running = underway.running();
      // One shard of the index may be read long before another: only what was ripe before the first read may be taken.
      const settledBefore = later(clock.now(), -inboxSettleMs);
      const listed = await store.inbox(wallet.id, wallet.inboxShards, debitsLookedAt);
      const ripe = listed.filter(({ acceptedAt }) => acceptedAt <= settledBefore);
      const line = await visit.lineOf(ripe.map(({ id }) => id as WithdrawalId));
      const round = await visit.ask(line);
      if (underway.running() > 0) {
        do await underway.next();
        while (underway.running() > 0 && underway.free() < journalsSideBySide / 4);
        continue;
      }
      // Those that have ended since the line was read may let others go.
      if (round === 'begun' || running > 0) continue;
      const unripe = listed[ripe.length];
      const soon = visit.soonOf(line);
      if (round === 'stop') return 'done';
      // The wait is bounded, however fast the clock was that stamped the withdrawal.
      if (unripe !== undefined)
        await clock.until(
          later(Math.min(unripe.acceptedAt, clock.now()) as Instant, inboxSettleMs),
        );
      else if (line.isStale) await clock.until(later(clock.now(), inboxStaleMs));
      else if (soon !== null) await clock.until(soon);
      else {
        if (line.unclear.length > 0) await showDebitsAhead(world, line.next);
        return 'done';
      }
    }
    return 'unfinished';
  } finally {
    await underway.end();
  }
}

function visitOf(world: BrokerageWorld & TurnsWorld, wallet: BrokerageWallet) {
  const { store, clock, dice, budget, gates } = world;
  const { accountId } = wallet.funding;
  const underway = sideBySide(journalsSideBySide);
  const turn = inTurn();
  let cash: CashRead | null = null;
  let refusals = 0;

  /** What is answered is followed in the same visit, if the brokerage has executed it at once. */
  async function follow(ended: readonly Ended<Debiting, Journal>[]): Promise<void> {
    const said = new Map<WithdrawalId, Journal>();
    for (const { item, end, isTrue } of ended)
      if (isTrue && end.is === 'taken' && end.value.state === 'executed')
        said.set(item.withdrawal.id, end.value);
    if (said.size > 0) await followDebits(world, [...said.keys()], { said, turn });
  }

  /** How many of them may be asked for now. While the brokerage is away the first of the others waits for its turn. */
  async function admitted<W extends Requested | In<'debiting'>>(
    wanted: readonly W[],
  ): Promise<readonly W[]> {
    if (wanted.length === 0) return [];
    const { allowed, until } = await gates.begin(wanted.length, journaling);
    await waitForTurn(world, wanted.slice(allowed, allowed + 1), 'brokerage-away', until);
    return wanted.slice(0, allowed);
  }

  const isDue = ({ withdrawal: { nextAttemptAt }, effect }: Debiting, now: Instant): boolean =>
    nextAttemptAt === null ? now >= later(effect.lastSentAt, callUnderwayMs) : now >= nextAttemptAt;

  /** Those of `next`, from the first on, that the cash covers together with everything that was asked for before. */
  function coveredBy(read: CashRead, sums: readonly AskedCash[], { unclear, next }: Line) {
    // What older code has asked for is not in the sums.
    const older = unclear.filter(({ effect }) => !effect.counted);
    let left = older.reduce((sum, { withdrawal }) => sum - withdrawal.amount, leftOf(read, sums));
    const end = next.findIndex(({ amount }) => {
      left -= amount;
      return left < 0n;
    });
    return end < 0 ? next : next.slice(0, end);
  }

  /** Those that may go now. The first may always go when nothing ahead of it is open: then its refusal is right as well. */
  async function mayGo(line: Line): Promise<readonly Requested[]> {
    const next = line.next.slice(0, Math.max(underway.free(), 0));
    const isFirst = line.unclear.length === 0 && underway.running() === 0;
    if (next.length === 0 || (isFirst && next.length === 1)) {
      cash = null;
      return next;
    }
    if (cash === null || !isFresh(cash, clock.now())) cash = await readCash(world, accountId);
    const covered =
      cash === null ? [] : coveredBy(cash, await store.asked(accountId), { ...line, next });
    return covered.length === 0 && isFirst ? next.slice(0, 1) : covered;
  }

  async function begin(line: Line): Promise<Round> {
    const wanted = await mayGo(line);
    const allowed = await admitted(wanted);
    if (allowed.length === 0) return wanted.length === 0 ? 'nothing' : 'stop';
    const isFirst = line.unclear.length === 0 && underway.running() === 0;
    const end = await turn(async () => {
      const sums = await store.asked(accountId);
      const covered = cash === null ? [] : coveredBy(cash, sums, { ...line, next: allowed });
      const going = covered.length === 0 && isFirst ? allowed.slice(0, 1) : covered;
      if (going.length === 0 || !budget.allows({ calls: 1 })) return { saved: [] };
      return saveDebits(world, wallet, going, sums);
    });
    if ('refused' in end) {
      // It has moved on, or the wallet was suspended: what is true now is read again.
      refusals += 1;
      return end.refused === 'inactive' || refusals >= refusalsMax ? 'stop' : 'begun';
    }
    refusals = 0;
    for (const item of end.saved)
      underway.begin(item.withdrawal.id, async () =>
        follow(await sendSaved(world, debitEffect(world), [item])),
      );
    return end.saved.length > 0 ? 'begun' : 'nothing';
  }

  return {
    underway,

    /** What is written in the index may be a moment old, so all of it is read. */
    lineOf: async (ids: readonly WithdrawalId[]): Promise<Line> => {
      const found = new Map((await store.readable(ids)).map((one) => [one.id, one]));
      // What only newer code can read, or nobody, keeps its place, and those before it go on.
      const unread = ids.findIndex((id) => !found.has(id));
      const read = ids.slice(0, unread < 0 ? ids.length : unread);
      const ones = read.flatMap((id) => found.get(id) ?? []);
      const now = clock.now();
      const debiting = ones.filter(
        (one): one is In<'debiting'> => one.stage === 'debiting' && one.journalId === null,
      );
      const effects = await store.journals(
        debiting.map(({ id }) => id),
        'debit',
      );
      const unclear = debiting.map((withdrawal): Debiting => {
        const effect = effects.find(({ withdrawalId }) => withdrawalId === withdrawal.id);
        if (effect === undefined)
          throw new Error(`${withdrawal.id} is debiting without its journal`);
        return { withdrawal, effect };
      });
      const requested = ones.filter((one): one is Requested => one.stage === 'requested');
      // One that waits for its turn lets nobody pass; one that waits for an answer ahead may go as soon as that is there.
      const waits = requested.findIndex(
        (one) =>
          one.nextAttemptAt !== null &&
          one.nextAttemptAt > now &&
          waitReasonOf(one) !== 'debits-ahead' &&
          !isHeld(one),
      );
      const next = requested.slice(0, waits < 0 ? requested.length : waits);
      const isStale = unclear.length + requested.length === 0 && read.length > 0;
      return { unclear, next, isStale };
    },

    /** Asks again for what has no answer and is due, and for what may go beside it. */
    ask: async (line: Line): Promise<Round> => {
      const due = line.unclear
        .filter((one) => !underway.isRunning(one.withdrawal.id) && isDue(one, clock.now()))
        .slice(0, Math.max(underway.free(), 0));
      const allowed = await admitted(due.map(({ withdrawal }) => withdrawal));
      for (const item of due.slice(0, allowed.length))
        underway.begin(item.withdrawal.id, async () =>
          follow(await lookUpAndSend(world, debitEffect(world), [item])),
        );
      if (allowed.length < due.length) return 'stop';
      if (wallet.status === 'SUSPENDED') return due.length > 0 ? 'begun' : 'stop';
      const held = line.next.length === 0 ? null : await world.switches.held('debit');
      if (held !== null) {
        const at = clock.now();
        await commitGroups(
          store,
          line.next.map((one) => ({ changes: heldChange(one, held, at, dice) })),
        );
        return due.length > 0 ? 'begun' : 'stop';
      }
      const round = await begin(line);
      return due.length > 0 && round === 'nothing' ? 'begun' : round;
    },

    /** When the first repetition is due, if it is worth waiting for in this visit: sweep may look only after a while. */
    soonOf: ({ unclear }: Line): Instant | null => {
      const times = unclear.flatMap(({ withdrawal }) =>
        waitReasonOf(withdrawal) === 'debit-unclear' ? (withdrawal.nextAttemptAt ?? []) : [],
      );
      const first = Math.min(...times) as Instant;
      return first <= later(clock.now(), replayWaitMaxMs) ? first : null;
    },
  };
}
