/**
 * 2-debit for a wallet whose money is at a brokerage: a journal takes it from the customer's account, and when that is
 * executed one block funds and holds it here. The wallet's withdrawals go to the brokerage one after the other, in the
 * order in which they were accepted; one whose answer was lost keeps those behind it waiting until it is found.
 */
import { journaling } from '../breakers/names.ts';
import { debitJournal, type Journal } from '../brokerage/brokerage.ts';
import { type Journaling, journalEffect, newJournal } from '../brokerage/journal.ts';
import type { BrokerageWorld } from '../brokerage/world.ts';
import { type Ended, lookUpAndSend, sendSaved } from '../effect/effect.ts';
import type { EffectKind } from '../effect/kind.ts';
import { admit, type TurnsWorld } from '../effect/turns.ts';
import type { WithdrawalId } from '../kernel/ids.ts';
import { inboxSettleMs, inboxStaleMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import type { BrokerageWallet } from '../ledger/wallet.ts';
import type { Change } from '../store/change.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import { notSent, sentAgain } from '../store/send-record.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { inReview, waitFor } from '../withdrawal/retry.ts';
import { type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { debitOf, followDebits, rejected } from './follow-debit.ts';

type Debiting = Journaling<In<'debiting'>>;

/** Takes what waits in the wallet's inbox to the brokerage. It answers `unfinished` when its time ran out first: the step must be rung again. */
export async function debitAtBrokerage(
  world: BrokerageWorld & TurnsWorld,
  wallet: BrokerageWallet,
): Promise<'done' | 'unfinished'> {
  const { store, clock, budget } = world;
  // Looking a journal up and sending it are two calls.
  while (budget.allows({ calls: 2 })) {
    // One shard of the index may be read long before another: only what was ripe before the first read may be taken.
    const askedAt = clock.now();
    const [oldest] = await store.inbox(wallet.id, 1);
    if (oldest === undefined) return 'done';
    const ripeAt = (oldest.acceptedAt + inboxSettleMs) as Instant;
    if (askedAt < ripeAt) {
      // The wait is bounded, however fast the clock was that stamped the withdrawal.
      await clock.until(Math.min(ripeAt, clock.now() + inboxSettleMs) as Instant);
      continue;
    }
    const [one] = await store.withdrawals([oldest.id as WithdrawalId]);
    if (one === undefined) throw new Error(`${oldest.id} waits in the inbox and is no withdrawal`);
    if (one.nextAttemptAt !== null && one.nextAttemptAt > clock.now()) return 'done';
    if (one.stage === 'requested') {
      if (wallet.status === 'SUSPENDED') return 'done';
      if (!(await mayAsk(world, one))) return 'done';
      if ((await beginDebit(world, wallet, one)) === 'refused') return 'done';
    } else if (one.stage === 'debiting' && one.journalId === null) {
      if (!(await mayAsk(world, one))) return 'done';
      const effect = await debitOf(store, one.id);
      const before = [{ withdrawal: one, effect }];
      await followExecutedDebits(world, await lookUpAndSend(world, debitEffect(world), before));
    } else await clock.until((clock.now() + inboxStaleMs) as Instant);
  }
  return 'unfinished';
}

/** While the brokerage is away the oldest withdrawal waits for it, and those behind it wait for the oldest. */
const mayAsk = async (world: TurnsWorld, one: In<'requested' | 'debiting'>): Promise<boolean> =>
  (await admit(world, [one], 'brokerage-away', journaling)).length > 0;

async function beginDebit(
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
    { change: 'record', to: effect },
    { change: 'withdrawal', from, to: withdrawal },
    { change: 'wallet-active', walletId: wallet.id },
  ]);
  // The withdrawal has moved on, or the wallet was suspended: the next visit reads what is true.
  if (refused.length > 0) return 'refused';
  await followExecutedDebits(
    world,
    await sendSaved(world, debitEffect(world), [{ withdrawal, effect }]),
  );
  return 'begun';
}

/** A journal that the brokerage executed at once is followed in the same visit. */
async function followExecutedDebits(
  world: BrokerageWorld,
  ended: readonly Ended<Debiting, Journal>[],
): Promise<void> {
  const executed = ended.filter(
    ({ end, isTrue }) => isTrue && end.is === 'taken' && end.value.state === 'executed',
  );
  await followDebits(
    world,
    executed.map(({ item }) => item.withdrawal.id),
  );
}

const debitEffect = ({
  brokerage,
  clock,
  dice,
}: BrokerageWorld): EffectKind<Debiting, Journal> => ({
  ...journalEffect<In<'debiting'>>(brokerage, clock),
  claim: ({ withdrawal, effect }, now) => {
    const again = sentAgain(effect, now);
    return { changes: [{ change: 'record', to: again }], send: { withdrawal, effect: again } };
  },
  record: ({ withdrawal: from, effect }, end) => {
    const now = clock.now();
    const next = { ...effect, version: effect.version + 1 };
    const both = (to: Withdrawal, known: Partial<JournalRecord>): Change[] => [
      { change: 'record', to: { ...next, ...known } },
      { change: 'withdrawal', from, to },
    ];
    switch (end.is) {
      case 'taken': {
        const { id: journalId } = end.value;
        const version = from.version + 1;
        const to = { ...from, version, updatedAt: now, nextAttemptAt: null, journalId };
        return both(to, { journalId, nothingSince: null });
      }
      case 'not-made': {
        const { code } = end;
        return [...both(rejected(from, code, now), { refusedCode: code }), ...uncounting([from])];
      }
      case 'waiting':
        return both(waitFor(from, end.until, 'debit-unclear', now, dice), end.learned);
      case 'not-sent':
        return [
          { change: 'record', to: notSent(effect) },
          { change: 'withdrawal', from, to: waitFor(from, end.until, 'brokerage-away', now, dice) },
        ];
      case 'for-a-person':
        return [{ change: 'withdrawal', from, to: inReview(from, end.why, now) }];
      default:
        return end satisfies never;
    }
  },
});
