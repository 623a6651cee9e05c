/**
 * One journal at the brokerage, from its saved intent to what became of it. The order is always the same: the intent with
 * its key and bytes is saved and its `sends` raised, then it is sent once; what has no certain answer is looked up, and
 * sent again, with the same key and bytes, only when it is not there (reliability.md §4.3, §4.5).
 */
import type { Brokerage, Journal, JournalIntent, JournalPurpose } from './brokerage.ts';
import { verdictOf } from './brokerage.ts';
import type { Instant, WithdrawalId } from './ids.ts';
import {
  journalKeyLifeMs,
  journalProofMs,
  journalSettleMs,
  providerClockSkewMs,
} from './limits.ts';
import type { Minor } from './money.ts';

export type JournalEffect = {
  withdrawalId: WithdrawalId;
  purpose: JournalPurpose;
  version: number;
  /** Part of the key. Always 1: each direction has one journal (docs/decisions/0016). */
  attempt: number;
  key: string;
  bytes: string;
  from: string;
  to: string;
  amount: Minor;
  sends: number;
  firstSentAt: Instant;
  lastSentAt: Instant;
  /** The brokerage's no to the last send. To the only send it is certain; otherwise it has to be looked up first. */
  refusedCode: string | null;
  /** The brokerage's id, once it is known. */
  journalId: string | null;
};

/** What is known of it now. */
export type JournalState =
  /** The brokerage has it; whether the cash has moved is another question. */
  | { is: 'taken'; journal: Journal }
  /** Proven: nothing was moved by it and nothing will be. */
  | { is: 'not-made'; code: string }
  /** Not certain yet: ask again then. */
  | { is: 'waiting'; until: Instant }
  /** It is not there and may safely be sent again: save the raised `sends` first. */
  | { is: 'to-send' }
  | { is: 'for-a-person'; why: string };

export function newJournal(
  { prepare }: Pick<Brokerage, 'prepare'>,
  intent: JournalIntent,
  purpose: JournalPurpose,
  now: Instant,
): JournalEffect {
  const { key, bytes } = prepare(intent);
  return {
    withdrawalId: intent.description,
    purpose,
    version: 1,
    attempt: 1,
    key,
    bytes,
    from: intent.from,
    to: intent.to,
    amount: intent.amount,
    sends: 1,
    firstSentAt: now,
    lastSentAt: now,
    refusedCode: null,
    journalId: null,
  };
}

export const sentAgain = (effect: JournalEffect, now: Instant): JournalEffect => ({
  ...effect,
  version: effect.version + 1,
  sends: effect.sends + 1,
  lastSentAt: now,
  refusedCode: null,
});

/** Hands the saved bytes to the brokerage, once. Call it only for an effect whose `sends` counts this very call. */
export async function send(
  brokerage: Brokerage,
  { key, bytes, sends }: JournalEffect,
  now: Instant,
): Promise<JournalState & { refusedCode?: string }> {
  const reply = await brokerage.journal({ key, bytes });
  switch (reply.outcome) {
    case 'APPLIED':
      return { is: 'taken', journal: reply.value };
    case 'NOT_APPLIED':
      return sends === 1
        ? { is: 'not-made', code: reply.code }
        : { is: 'waiting', until: settled(now), refusedCode: reply.code };
    case 'NOT_NOW':
      return { is: 'waiting', until: reply.until };
    case 'UNKNOWN':
      return { is: 'waiting', until: settled(now) };
    default:
      return reply satisfies never;
  }
}

const settled = (sentAt: Instant): Instant => (sentAt + journalSettleMs) as Instant;

/** What became of what was sent before and has no journal yet: by all journals of the withdrawal, never by one answer. */
export async function lookUp(
  brokerage: Brokerage,
  effect: JournalEffect,
  now: Instant,
): Promise<JournalState> {
  // What was sent a moment ago may still appear.
  if (now < settled(effect.lastSentAt)) return { is: 'waiting', until: settled(effect.lastSentAt) };
  const found = await all(brokerage, effect, now);
  // What cannot be found out keeps the wallet's others waiting: not for ever.
  const unclear: JournalState =
    now - effect.firstSentAt < journalKeyLifeMs
      ? { is: 'waiting', until: settled(now) }
      : { is: 'for-a-person', why: 'The brokerage does not say what became of the journal.' };
  if (!found.ok) return unclear;
  const verdict = verdictOf(found.value);
  switch (verdict.verdict) {
    case 'moved':
      return { is: 'taken', journal: verdict.journal };
    case 'open': {
      const journal = found.value.find(({ state }) => state === 'pending' || state === 'unknown');
      return journal === undefined ? unclear : { is: 'taken', journal };
    }
    case 'not-moved':
      return { is: 'not-made', code: 'refused' };
    case 'twice':
      return { is: 'for-a-person', why: 'The brokerage moved the cash more than once.' };
    case 'none':
      // It was refused, but what was sent before may have been taken: it would be seen by then.
      if (effect.refusedCode !== null)
        return now < effect.lastSentAt + journalProofMs
          ? { is: 'waiting', until: (effect.lastSentAt + journalProofMs) as Instant }
          : { is: 'not-made', code: effect.refusedCode };
      return now - effect.firstSentAt < journalKeyLifeMs
        ? { is: 'to-send' }
        : { is: 'for-a-person', why: 'The brokerage may have forgotten the key of the journal.' };
    default:
      return verdict satisfies never;
  }
}

/** All journals of this withdrawal in this direction. */
export const all = (brokerage: Brokerage, effect: JournalEffect, now: Instant) =>
  brokerage.journalsOf({
    description: effect.withdrawalId,
    from: effect.from,
    to: effect.to,
    since: (effect.firstSentAt - providerClockSkewMs) as Instant,
    until: (now + providerClockSkewMs) as Instant,
  });

/** Whether a journal that the brokerage has taken has moved the cash by now. */
export async function follow(
  brokerage: Brokerage,
  effect: JournalEffect,
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
      const found = await all(brokerage, effect, now);
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
