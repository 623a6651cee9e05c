/** What may become of a journal or a wire at Alpaca (docs.alpaca.markets/us/docs), and how likely each of it is. */
import { day, hour, minute, type Span, type Staleness, type Stop, second } from './parts.ts';

/** What a journal goes through until it is executed or never will be. A null: for ever, until somebody decides. */
export const journalCourses = {
  'at-once': [['executed', null]],
  clearing: [
    ['queued', [second, minute]],
    ['sent_to_clearing', [second, 10 * minute]],
    ['executed', null],
  ],
  minutes: [
    ['pending', [minute, 30 * minute]],
    ['executed', null],
  ],
  hours: [
    ['pending', [hour, 12 * hour]],
    ['executed', null],
  ],
  'next-day': [
    ['pending', [20 * hour, 30 * hour]],
    ['executed', null],
  ],
  never: [['pending', null]],
  /** A status that nobody knows yet: Alpaca does not count new values as breaking changes. */
  'unknown-word': [
    ['awaiting_release', [minute, 2 * hour]],
    ['executed', null],
  ],
  /** In its answer, or a while later. */
  refused: [['refused', null]],
  'refused-later': [
    ['queued', [second, 10 * minute]],
    ['refused', null],
  ],
  rejected: [
    ['pending', [minute, 12 * hour]],
    ['rejected', null],
  ],
  canceled: [
    ['pending', [minute, 12 * hour]],
    ['canceled', null],
  ],
  deleted: [
    ['queued', [second, hour]],
    ['deleted', null],
  ],
} as const satisfies Record<string, readonly Stop[]>;
export type JournalWay = keyof typeof journalCourses;

/** What a wire goes through. It arrives some time after a `COMPLETE` that nothing follows. */
export const wireCourses = {
  complete: [
    ['QUEUED', [second, 20 * second]],
    ['SENT_TO_CLEARING', [second, 30 * second]],
    ['COMPLETE', null],
  ],
  approved: [
    // A person approves it, after the time in which one that is not seen would be sent again.
    ['APPROVAL_PENDING', [50 * minute, 90 * minute]],
    ['APPROVED', [second, minute]],
    ['SENT_TO_CLEARING', [minute, 10 * minute]],
    ['COMPLETE', null],
  ],
  hours: [
    ['PENDING', [hour, 6 * hour]],
    ['COMPLETE', null],
  ],
  /** A status that nobody knows yet. */
  'unknown-word': [
    ['HELD_FOR_CALLBACK', [minute, hour]],
    ['COMPLETE', null],
  ],
  rejected: [
    ['QUEUED', [second, 5 * minute]],
    ['REJECTED', null],
  ],
  canceled: [
    ['APPROVAL_PENDING', [minute, hour]],
    ['CANCELED', null],
  ],
  /** `COMPLETE` is not final: the bank that it went to sends it back. */
  returned: [
    ['SENT_TO_CLEARING', [second, minute]],
    ['COMPLETE', [minute, hour]],
    ['RETURNED', null],
  ],
  /** It has gone, and never arrives. */
  lost: [
    ['SENT_TO_CLEARING', [second, minute]],
    ['COMPLETE', null],
  ],
} as const satisfies Record<string, readonly Stop[]>;
export type WireWay = keyof typeof wireCourses;

/** What becomes of a memo on its way into the list. No document promises that it is shown as it was asked for. */
export const memoWays = {
  kept: (memo) => memo,
  capitals: (memo) => memo.toUpperCase(),
  cut: (memo) => memo.slice(0, 10),
  empty: () => '',
} as const satisfies Record<string, (memo: string) => string>;

export type AlpacaOptions = {
  wireMemos: Readonly<Partial<Record<keyof typeof memoWays, number>>>;
  wireWays: Readonly<Partial<Record<WireWay, number>>>;
  /** From `COMPLETE` to when the dollars are at the bank that they went to. */
  wireArrivalMs: Span;
  /** Whether a bank on the way keeps some of it, and how much. */
  wireComes: Readonly<Partial<Record<'whole' | 'less', number>>>;
  wireKeepsCents: bigint;
  /** The fee of a wire that is not invoiced. */
  wireFeeCents: bigint;
  /** The longest page of the list of wires, whatever was asked for. */
  wirePageMax: number;
  /** How long a recipient bank waits for its approval. */
  bankMs: Span;
  ways: Readonly<Partial<Record<JournalWay, number>>>;
  /** What cashiering does with an executed one, and how long after. */
  afterwards: Readonly<Partial<Record<'stays' | 'reversed' | 'corrected', number>>>;
  afterwardsMs: Span;
  /** By how many cents a corrected journal differs; from `correct` to when its successor is there. */
  correctedBy: Span;
  successorMs: Span;
  /** From `executed` to `activity_created`. */
  activityMs: Span;
  /** The part of replays that are answered with another journal, `refused`, that moved nothing. */
  replayRefused: number;
  /** How long a key is remembered, which is not documented; null: for ever. */
  keyMemoryMs: number | null;
  staleLists: Staleness;
  /** Of one journal, or of an account. */
  staleReads: Staleness;
  /** The part of calls after which it answers 429 to all for a while. */
  limited: number;
  limitedMs: Span;
  /** Rows in each list that are others' affair: shares, another currency, in shapes that nobody documents. */
  strangers: number;
  /** The part of journals that are shown with a field that nobody can read. */
  unreadable: number;
};

/** The happy way. */
export const alpacaWell: Readonly<AlpacaOptions> = {
  wireMemos: { kept: 1 },
  wireWays: { complete: 1 },
  wireArrivalMs: [second, minute],
  wireComes: { whole: 1 },
  wireKeepsCents: 1_500n,
  wireFeeCents: 2_500n,
  wirePageMax: 1_000,
  bankMs: [second, 30 * second],
  ways: { 'at-once': 1 },
  afterwards: { stays: 1 },
  afterwardsMs: [minute, 3 * day],
  correctedBy: [-100, 100],
  successorMs: [0, 0],
  activityMs: [second, 10 * minute],
  replayRefused: 0,
  keyMemoryMs: null,
  staleLists: { chance: 0, ms: [second, minute] },
  staleReads: { chance: 0, ms: [second, minute] },
  limited: 0,
  limitedMs: [second, minute],
  strangers: 0,
  unreadable: 0,
};
