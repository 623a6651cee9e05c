/**
 * 2-debit for a wallet whose money is at a brokerage: a journal takes it from the customer's account, and when that is
 * executed one block funds and holds it here. The wallet's withdrawals go to the brokerage one after the other, in the
 * order in which they were accepted; one whose answer was lost keeps those behind it waiting until it is found.
 */
import { uncounting } from './allowance.ts';
import { type Brokerage, debitJournal } from './brokerage.ts';
import { debitOf, followDebits, inReview, rejected } from './brokerage-follow.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import {
  type JournalEffect,
  type JournalState,
  lookUp,
  newJournal,
  send,
  sentAgain,
} from './journal.ts';
import { callTimeoutMs, inboxSettleMs, recordReserveMs } from './limits.ts';
import type { Budget, Clock, Dice, Store } from './ports.ts';
import { waitFor } from './retry.ts';
import type { BrokerageWallet } from './wallet.ts';
import { type In, moveTo } from './withdrawal.ts';

export type BrokerageWorld = {
  store: Store;
  brokerage: Brokerage;
  clock: Clock;
  dice: Dice;
  budget: Budget;
};
/** Where there is no brokerage, nobody can have made a wallet that needs one. */
export type PerhapsBrokerage = Omit<BrokerageWorld, 'brokerage'> & { brokerage: Brokerage | null };
export function withBrokerage<W extends PerhapsBrokerage>(world: W): W & { brokerage: Brokerage } {
  const { brokerage } = world;
  if (brokerage === null) throw new Error('A wallet is at a brokerage: set ALPACA_BASE_URL.');
  return { ...world, brokerage };
}

type Debiting = { withdrawal: In<'debiting'>; effect: JournalEffect };

/** Takes what waits in the wallet's inbox to the brokerage. `unfinished` when the time ran out first: ring again. */
export async function debitAtBrokerage(
  world: BrokerageWorld,
  wallet: BrokerageWallet,
): Promise<'done' | 'unfinished'> {
  const { store, clock, budget } = world;
  // Looking up and sending are two calls.
  while (budget.remainingMs() > 2 * callTimeoutMs + recordReserveMs) {
    const [oldest] = await store.inbox(wallet.id, 1);
    if (oldest === undefined) return 'done';
    const ripeAt = (oldest.acceptedAt + inboxSettleMs) as Instant;
    if (clock.now() < ripeAt) {
      // Never longer than this, however fast the clock that stamped it was.
      await clock.until(Math.min(ripeAt, clock.now() + inboxSettleMs) as Instant);
      continue;
    }
    const [one] = await store.withdrawals([oldest.id as WithdrawalId]);
    if (one === undefined) throw new Error(`${oldest.id} waits in the inbox and is no withdrawal`);
    if (one.nextAttemptAt !== null && one.nextAttemptAt > clock.now()) return 'done';
    if (one.stage === 'requested') {
      if (wallet.status === 'SUSPENDED') return 'done';
      if ((await begin(world, wallet, one)) === 'refused') return 'done';
    } else if (one.stage === 'debiting' && one.journalId === null) {
      const effect = await debitOf(store, one.id);
      await record(
        world,
        { withdrawal: one, effect },
        await lookUp(world.brokerage, effect, clock.now()),
      );
    } else await clock.until((clock.now() + staleIndexMs) as Instant);
  }
  return 'unfinished';
}

/** How long to wait for an inbox index that still shows what is no longer there. */
const staleIndexMs = 100;

async function begin(
  world: BrokerageWorld,
  wallet: BrokerageWallet,
  from: In<'requested'>,
): Promise<'begun' | 'refused'> {
  const { store, brokerage, clock } = world;
  const now = clock.now();
  const { accountId } = wallet.funding;
  const intent = debitJournal(from.id, from.amount, accountId, brokerage.firm, 1);
  const effect = newJournal(brokerage, intent, 'debit', now);
  const withdrawal = moveTo(from, 'debiting', { journalId: null }, now);
  const refused = await store.commit([
    { change: 'journal', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
    { change: 'wallet-active', walletId: wallet.id },
  ]);
  // It moved on, or the wallet was suspended: the next doorbell sees what is true.
  if (refused.length > 0) return 'refused';
  await record(world, { withdrawal, effect }, await send(brokerage, effect, now));
  return 'begun';
}

async function record(
  world: BrokerageWorld,
  { withdrawal: from, effect }: Debiting,
  state: JournalState & { refusedCode?: string },
): Promise<void> {
  const { store, brokerage, clock, dice } = world;
  const now = clock.now();
  const next = { ...effect, version: effect.version + 1 };
  switch (state.is) {
    case 'taken': {
      const { id, state: journalState } = state.journal;
      const to = {
        ...from,
        version: from.version + 1,
        updatedAt: now,
        nextAttemptAt: null,
        journalId: id,
      };
      await store.commit([
        { change: 'journal', to: { ...next, journalId: id } },
        { change: 'withdrawal', from, to },
      ]);
      if (journalState === 'executed') await followDebits(world, [from.id]);
      return;
    }
    case 'not-made':
      await store.commit([
        { change: 'journal', to: { ...next, refusedCode: state.code } },
        { change: 'withdrawal', from, to: rejected(from, state.code, now) },
        ...uncounting([from]),
      ]);
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
      const again = sentAgain(effect, now);
      const refused = await store.commit([{ change: 'journal', to: again }]);
      if (refused.length === 0)
        await record(world, { withdrawal: from, effect: again }, await send(brokerage, again, now));
      return;
    }
    case 'for-a-person':
      await store.commit([{ change: 'withdrawal', from, to: inReview(from, state.why, now) }]);
      return;
    default:
      return state satisfies never;
  }
}
