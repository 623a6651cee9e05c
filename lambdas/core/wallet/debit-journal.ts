/** The journal that takes a withdrawal's cash from the customer's account, as an effect (core/effect/effect.ts). */

import { debitJournal, type Journal } from '../brokerage/brokerage.ts';
import { askedBy, asking, cameToNothing } from '../brokerage/cash.ts';
import { type Journaling, journalEffect, newJournal } from '../brokerage/journal.ts';
import type { BrokerageWorld } from '../brokerage/world.ts';
import type { EffectKind } from '../effect/kind.ts';
import { sumOf } from '../kernel/money.ts';
import type { BrokerageWallet } from '../ledger/wallet.ts';
import type { AskedCash } from '../store/asked-cash.ts';
import type { Change } from '../store/change.ts';
import type { JournalRecord } from '../store/journal-record.ts';
import { notSent, sentAgain } from '../store/send-record.ts';
import { chunksOf, weightOf } from '../store/weight.ts';
import { heldChange, waitKeptBack } from '../switches/waiting.ts';
import { uncounting } from '../withdrawal/counters.ts';
import { inReview, waitFor } from '../withdrawal/retry.ts';
import { type In, moveTo, type Withdrawal } from '../withdrawal/withdrawal.ts';
import { rejected } from './follow-debit.ts';

export type Debiting = Journaling<In<'debiting'>>;

/**
 * Saves the journals of these withdrawals, as many as one transaction holds, from the first on. `sums` are those of the
 * account as they were when it was decided that these may go.
 */
export async function saveDebits(
  { store, brokerage, clock }: BrokerageWorld,
  wallet: BrokerageWallet,
  withdrawals: readonly In<'requested'>[],
  sums: readonly AskedCash[],
): Promise<{ saved: readonly Debiting[] } | { refused: 'inactive' | 'moved-on' }> {
  const now = clock.now();
  const { accountId } = wallet.funding;
  const before = askedBy(sums, { accountId, walletId: wallet.id });
  const groups = withdrawals.map((from) => {
    const intent = debitJournal(from.id, from.amount, accountId, brokerage.firm, 1);
    const effect = newJournal(brokerage, intent, 'debit', now);
    const withdrawal = moveTo(from, 'debiting', { journalId: null }, now);
    const changes: Change[] = [
      { change: 'record', to: effect },
      { change: 'withdrawal', from, to: withdrawal },
    ];
    return { changes, item: { withdrawal, effect } };
  });
  const common = (asked: bigint): Change[] => [
    { change: 'wallet-active', walletId: wallet.id },
    { change: 'asked', to: asking(before, asked) },
  ];
  const [chunk = []] = chunksOf(groups, weightOf(common(0n)));
  const asked = sumOf(chunk.map(({ item }) => item.withdrawal.amount));
  const changes = [...common(asked), ...chunk.flatMap((group) => group.changes)];
  const refused = await store.commit(changes);
  if (refused.length === 0) return { saved: chunk.map(({ item }) => item) };
  return { refused: refused.includes(0) ? 'inactive' : 'moved-on' };
}

export const debitEffect = ({
  brokerage,
  clock,
  dice,
}: BrokerageWorld): EffectKind<Debiting, Journal> => ({
  ...journalEffect<In<'debiting'>>(brokerage, clock),
  name: 'debit journal',
  guard: 'debit',
  // Without a next attempt its call is under way, as far as anybody knows.
  claim: ({ withdrawal: from, effect }, now) => {
    const again = sentAgain(effect, now);
    const withdrawal = { ...from, version: from.version + 1, updatedAt: now, nextAttemptAt: null };
    return {
      changes: [
        { change: 'record', to: again },
        { change: 'withdrawal', from, to: withdrawal },
      ],
      send: { withdrawal, effect: again },
    };
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
        return [
          ...both(rejected(from, code, now), { refusedCode: code }),
          ...uncounting([from]),
          ...cameToNothing({ withdrawal: from, effect }),
        ];
      }
      case 'waiting':
        return both(waitFor(from, end.until, 'debit-unclear', now, dice), end.learned);
      case 'not-sent':
        return [
          { change: 'record', to: notSent(effect) },
          { change: 'withdrawal', from, to: waitKeptBack(from, end, 'brokerage-away', now, dice) },
        ];
      case 'held':
        return heldChange(from, end.held, now, dice);
      case 'for-a-person':
        return [{ change: 'withdrawal', from, to: inReview(from, end.why, now) }];
      default:
        return end satisfies never;
    }
  },
});
