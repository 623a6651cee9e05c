/**
 * sweep: the only timer. It rings again for whatever is due and has not moved, so that losing every message of every queue
 * costs time and nothing else. A pass looks at no more than a fixed number of items: at what has just become due first, then
 * at a part of what waits (laps.ts). A doorbell too many is harmless.
 */
import type { OperationId, WalletId } from '../kernel/ids.ts';
import { lostDoorbellMs } from '../kernel/limits.ts';
import { type Instant, later } from '../kernel/time.ts';
import { isLed } from '../withdrawal/due.ts';
import { stepFor } from '../withdrawal/withdrawal.ts';
import type { Doorbell, Doorbells } from './doorbells.ts';
import { doorbellAt, retryDoorbells, together } from './doorbells.ts';
import { watchQueue } from './full-queue.ts';
import {
  bands,
  deliveryBands,
  type Listed,
  makeLaps,
  type ReadList,
  readYoung,
  type Walked,
} from './laps.ts';
import { looksMin } from './limits.ts';
import { type Due, firstRingAt, isStuck, patienceMs } from './patience.ts';
import { readShortOnce } from './short-lists.ts';

/** The port of what may be due. A list may be a moment old, so what it names is looked at before it is rung. */
export type DueIndex = {
  read: ReadList;
  /** Those of the operations that still wait, as they are now, and what is said of those that cannot be read. */
  look(ids: readonly OperationId[]): Promise<{
    withdrawals: Due[];
    transactions: { id: OperationId; walletId: WalletId }[];
    unreadable: readonly string[];
  }>;
};

/** Whoever counts what withdrawals wait for: it is shown all that was looked at, and names those that it wants to see again. */
export type Onlooker = {
  wanted(now: Instant, limit: number): readonly OperationId[];
  note(asked: readonly OperationId[], found: readonly Due[], now: Instant): void;
};
const nobody: Onlooker = { wanted: () => [], note: () => {} };

/** Each pass is a cause of its own, for it rings where nothing has changed. */
const passOf = (now: Instant): string => `pass at ${now}`;

/**
 * The parts of a pass that go to what has just become due, to what is young, and to what is only counted. The rest is for laps, and what
 * these leave is for what is young.
 */
const [shareOfDue, shareOfOpen, shareOfWanted] = [0.35, 0.2, 0.2];

type Pace = { pollMs: number; passMs: number };

/** Makes passes. What it remembers between them only saves work, so losing it does no harm; `laps` is how far it has come. */
export const makeSweep = (
  index: DueIndex,
  doorbells: Doorbells,
  { pollMs, passMs }: Pace,
  onlooker: Onlooker = nobody,
  laps = new Map<string, Walked>(),
) => {
  /** When each was rung, and until when that counts. */
  const rung = new Map<string, { at: Instant; until: number }>();
  const lookAt = new Map<string, number>();
  const queue = watchQueue(passMs);
  let lastPass: Instant | null = null;
  /** One for each millisecond between two passes. */
  const looksMax = Math.max(passMs, looksMin);
  const { read, begin } = readShortOnce(index.read);
  const dueLaps = makeLaps(read, 'due', bands);
  const openLaps = makeLaps(read, 'open', bands);
  const deliveryLaps = makeLaps(read, 'deliveries', deliveryBands);

  /** When to ring: when the item is due, but only `patience` ms after a ring that has led to no change. */
  const ringTime = (id: string, changedAt: Instant, dueAt: number, patience: number): number => {
    const last = rung.get(id)?.at ?? 0;
    return last >= changedAt ? Math.max(dueAt, last + patience) : dueAt;
  };
  /** It counts for twice as long as it is waited for after it, since that time grows meanwhile. */
  const noteRung = (id: string, at: Instant, patience: number): void =>
    void rung.set(id, { at, until: at + 2 * patience });
  const ringsOf = (one: Due, now: Instant): Doorbell[] => {
    const patience = patienceMs(one, now, pollMs);
    const changedAt = one.nextAttemptAt ?? one.updatedAt;
    const dueAt = one.nextAttemptAt ?? firstRingAt(one, patience);
    const ringAt = ringTime(one.id, changedAt, dueAt, patience);
    // The withdrawal may move to a stage with less patience meanwhile, so it is read again soon.
    const againMs = isLed(one) ? lostDoorbellMs : pollMs;
    lookAt.set(one.id, Math.min(Math.max(ringAt, now), now + againMs));
    if (now < ringAt) return [];
    const step = stepFor(one);
    if (step === null) return [];
    const heldUntil = queue.heldUntil(one, now);
    if (heldUntil !== null) {
      lookAt.set(one.id, Math.min(heldUntil, now + pollMs));
      return [];
    }
    noteRung(one.id, now, patience);
    return [
      doorbellAt(step, one, passOf(now)),
      ...(isStuck(one, now) ? [doorbellAt('broadcast', one, passOf(now))] : []),
    ];
  };
  const isTime = ({ id, at }: Listed, now: Instant): boolean => {
    if (now < ringTime(id, at, at, lostDoorbellMs)) return false;
    noteRung(id, now, lostDoorbellMs);
    return true;
  };

  /** What is to be looked at in this pass, at most so many. */
  async function listed(
    now: Instant,
    sinceLastMs: number,
    most: number,
  ): Promise<Map<string, Listed>> {
    const [due, open] = await Promise.all([
      readYoung(read, 'due', now, now, looksMax),
      // What was created a moment ago is under way, and if it is to be tried again it is among what is due.
      readYoung(read, 'open', now, later(now, -pollMs), looksMax),
    ]);
    const isLookTime = ({ id }: Listed): boolean => (lookAt.get(id) ?? 0) <= now;
    const found = new Map<string, Listed>();
    const add = (some: readonly Listed[], upTo: number): void => {
      for (const one of some) if (found.size < upTo && !found.has(one.id)) found.set(one.id, one);
    };
    const young = open.filter(isLookTime);
    // What one list leaves of its part, the next one has: the usual course of what is busy is in `open` alone.
    add(due.filter(isLookTime), looksMax * shareOfDue);
    add(young, looksMax * (shareOfDue + shareOfOpen));
    const left = (): number => most - found.size;
    add(await dueLaps(laps, now, sinceLastMs, Math.floor(left() / 2)), most);
    add(await openLaps(laps, now, sinceLastMs, left()), most);
    // What is passed over here is older than all that the next pass reads of what is young, and comes up in a lap only.
    add(young, most);
    return found;
  }

  /** Deliveries need no look: their key says all. */
  async function deliveriesDue(now: Instant, sinceLastMs: number): Promise<Listed[]> {
    const young = await readYoung(read, 'deliveries', now, now, looksMax);
    const older = await deliveryLaps(laps, now, sinceLastMs, looksMax);
    return [...older, ...young.toReversed()].filter((one) => isTime(one, now));
  }

  /** One pass; answers how many messages it sent. It throws when an item cannot be read, after it has rung for all others. */
  return async (now: Instant): Promise<number> => {
    const sinceLastMs = lastPass === null ? passMs : Math.max(now - lastPass, 1);
    lastPass = now;
    begin(now);
    queue.begin(now, sinceLastMs);
    const wanted = onlooker.wanted(now, looksMax * shareOfWanted);
    const [operations, deliveries] = await Promise.all([
      listed(now, sinceLastMs, looksMax - wanted.length),
      deliveriesDue(now, sinceLastMs),
    ]);
    const ids = [...new Set([...operations.keys(), ...wanted])] as OperationId[];
    const { withdrawals, transactions, unreadable } = await index.look(ids);
    onlooker.note(ids, withdrawals, now);
    for (const one of withdrawals) queue.note(one);
    // That it is counted is no reason to ring for it.
    const mayRing = ({ id, nextAttemptAt }: Due): boolean =>
      operations.has(id) || nextAttemptAt !== null;
    // The longest first: what has lost its doorbell is soon older than all that waits in a queue.
    const inOrder = withdrawals.filter(mayRing).sort((a, b) => a.updatedAt - b.updatedAt);
    const rings: Doorbell[] = [
      ...inOrder.flatMap((one) => ringsOf(one, now)),
      ...transactions
        .filter(({ id }) => isTime(operations.get(id) ?? { id, at: now }, now))
        .map((one) => doorbellAt('debit', one, passOf(now))),
    ];
    const lanes = deliveries.flatMap(({ lane }) => lane ?? []);
    for (const [id, { until }] of rung) if (now > until) rung.delete(id);
    for (const [id, at] of lookAt) if (now - at > 2 * lostDoorbellMs) lookAt.delete(id);
    const messages = [...together(rings), ...retryDoorbells(lanes, now)];
    try {
      await doorbells.ring(messages);
    } catch (error) {
      // Some of them may not have been sent, and nobody shall wait for what was not.
      for (const [id, { at }] of rung) if (at === now) rung.delete(id);
      queue.notSent(now);
      throw error;
    }
    if (unreadable.length > 0) throw new Error(`items cannot be read: ${unreadable.join(', ')}`);
    return messages.length;
  };
};
