/**
 * Journals as effects (core/effect/effect.ts), and what became of a journal that the brokerage has taken: it may be pending
 * for a day, and an executed one may still be undone (https://docs.alpaca.markets/us/docs/funding-via-journals).
 */
import type { Found } from '../effect/kind.ts';
import {
  journalKeyLifeMs,
  journalProofMs,
  journalSettleMs,
  providerClockSkewMs,
} from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import type { Clock } from '../kernel/world.ts';
import type { JournalPurpose, JournalRecord } from '../store/journal-record.ts';
import { firstSend } from '../store/send-record.ts';
import { eachAbout } from '../withdrawal/about.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';
import { type Brokerage, type Journal, type JournalIntent, verdictOf } from './brokerage.ts';
import { callUnderwayMs, journalReplayMs } from './limits.ts';

/** The record of a journal that is about to be sent for the first time. */
export function newJournal(
  { prepare }: Pick<Brokerage, 'prepare'>,
  intent: JournalIntent,
  purpose: JournalPurpose,
  now: Instant,
): JournalRecord {
  const { key, bytes } = prepare(intent);
  return {
    kind: 'journal',
    withdrawalId: intent.description,
    purpose,
    version: 1,
    attempt: 1,
    key,
    bytes,
    from: intent.from,
    to: intent.to,
    amount: intent.amount,
    ...firstSend(now),
    counted: purpose === 'debit',
    journalId: null,
  };
}

export type Journaling<W extends Withdrawal> = { withdrawal: W; effect: JournalRecord };

/** What all journals have in common; core/wallet/debit-at-brokerage.ts and refund-at-brokerage.ts add the rest. */
export const journalEffect = <W extends Withdrawal>(brokerage: Brokerage, clock: Clock) => ({
  settleMs: journalSettleMs,
  proofMs: journalProofMs,
  // Other withdrawals of the wallet may wait for this journal, so an unclear one goes to REVIEW.
  reviewMs: journalKeyLifeMs,
  isShared: false,
  again: ({ effect }: Journaling<W>) => ({
    from: effect.lastSentAt,
    until: later(effect.firstSentAt, journalKeyLifeMs),
  }),
  replay: ({ withdrawal, effect }: Journaling<W>) => {
    // A refusal is about the repetition, and only the lists can show what came of what was sent before.
    if (effect.refusedCode !== null || effect.nothingSince !== null) return null;
    // Until the end of a call is on record it may be under way: two of them at once are no documented repetition.
    const hasEnded = withdrawal.nextAttemptAt !== null;
    const from = hasEnded ? effect.lastSentAt : later(effect.lastSentAt, callUnderwayMs);
    return { from, until: later(effect.firstSentAt, journalReplayMs) };
  },
  deadFrom: () => null,
  lookUp: (items: readonly Journaling<W>[]) =>
    eachAbout(items, ({ effect }) => find(brokerage, effect, clock.now())),
  call: ({ effect: { key, bytes } }: Journaling<W>) => brokerage.journal({ key, bytes }),
});

/** Looks at all journals of the withdrawal in this direction. */
async function find(
  brokerage: Brokerage,
  effect: JournalRecord,
  now: Instant,
): Promise<Found<Journal>> {
  const found = await allOf(brokerage, effect, now);
  if (!found.ok) return { found: 'unclear' };
  const verdict = verdictOf(found.value);
  switch (verdict.verdict) {
    case 'none':
      return { found: 'these', values: [] };
    case 'moved':
      return { found: 'these', values: [verdict.journal] };
    case 'open': {
      const values = found.value.filter(({ state }) => state === 'pending' || state === 'unknown');
      return values.length === 0 ? { found: 'unclear' } : { found: 'these', values };
    }
    case 'not-moved':
      return { found: 'void', code: 'refused' };
    case 'twice':
      return { found: 'wrong', why: 'The brokerage moved the cash more than once.' };
    default:
      return verdict satisfies never;
  }
}

const allOf = (brokerage: Brokerage, effect: JournalRecord, now: Instant) =>
  brokerage.journalsOf({
    description: effect.withdrawalId,
    from: effect.from,
    to: effect.to,
    amount: effect.amount,
    since: (effect.firstSentAt - providerClockSkewMs) as Instant,
    until: (now + providerClockSkewMs) as Instant,
  });

/** Whether a journal that the brokerage has taken has moved the cash by now; `why`: the withdrawal goes to REVIEW. */
export async function followJournals(
  brokerage: Brokerage,
  effect: JournalRecord,
  now: Instant,
): Promise<'moved' | 'open' | 'not-moved' | { why: string } | { successor: string }> {
  const { journalId } = effect;
  if (journalId === null) throw new Error(`${effect.withdrawalId} has no journal to follow`);
  const asked = await brokerage.status(journalId);
  if (!asked.ok) return 'open';
  const { state, amount } = asked.value;
  switch (state) {
    case 'executed':
      return amount === effect.amount
        ? 'moved'
        : { why: 'The brokerage moved another amount than was asked for.' };
    case 'pending':
    case 'unknown':
      return 'open';
    case 'refused':
    case 'reversed':
    case 'moved-elsewhere': {
      const found = await allOf(brokerage, effect, now);
      if (!found.ok) return 'open';
      const verdict = verdictOf(found.value);
      if (verdict.verdict === 'moved')
        return verdict.journal.amount === effect.amount
          ? { successor: verdict.journal.id }
          : { why: 'The brokerage corrected the journal to another amount.' };
      if (verdict.verdict === 'twice')
        return { why: 'The brokerage moved the cash more than once.' };
      return verdict.verdict === 'not-moved' ? 'not-moved' : 'open';
    }
    default:
      return state satisfies never;
  }
}
