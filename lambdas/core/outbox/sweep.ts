/**
 * sweep: the only timer. It rings again for whatever is due and has not moved, so that losing every message of every queue
 * costs time and nothing else. It writes nothing: a doorbell too many is harmless.
 */
import type { DeliveryLane, OperationId, ReplayId, WalletId } from '../kernel/ids.ts';
import { lostDoorbellMs } from '../kernel/limits.ts';
import type { Instant } from '../kernel/time.ts';
import { stepFor } from '../withdrawal/withdrawal.ts';
import type { Doorbell, Doorbells } from './doorbells.ts';
import {
  type Due,
  doorbellAt,
  isStuck,
  patienceMs,
  retryDoorbells,
  together,
} from './doorbells.ts';

type DueKey<Id> = { id: Id; dueAt: Instant };

/** The port of the index by due time. It may be a moment old, so what it names is looked at before it is rung. */
export type DueIndex = {
  operations(before: Instant): Promise<DueKey<OperationId>[]>;
  /** Deliveries, by their lanes, and replays. */
  deliveries(before: Instant): Promise<(DueKey<string> & { lane: DeliveryLane | ReplayId })[]>;
  /** Those of the operations that still wait, as they are now, and what is said of those that cannot be read. */
  look(ids: readonly OperationId[]): Promise<{
    withdrawals: Due[];
    transactions: { id: OperationId; walletId: WalletId }[];
    unreadable: readonly string[];
  }>;
};

/** Each pass is a cause of its own, for it rings where nothing has changed. */
const passOf = (now: Instant): string => `pass at ${now}`;

/** Makes passes, and shows `looked` what each has read. What it remembers between them only saves work, so losing it does no harm. */
export const makeSweep = (
  index: DueIndex,
  doorbells: Doorbells,
  pollMs: number,
  looked?: (withdrawals: readonly Due[], now: Instant) => void,
) => {
  const rungAt = new Map<string, Instant>();
  const lookAt = new Map<string, number>();

  /** When to ring: when the item is due, but only `patience` ms after a ring that has led to no change. */
  const ringTime = (id: string, changedAt: Instant, dueAt: number, patience: number): number => {
    const last = rungAt.get(id) ?? 0;
    return last >= changedAt ? Math.max(dueAt, last + patience) : dueAt;
  };
  const ringsOf = (one: Due, now: Instant): Doorbell[] => {
    const patience = patienceMs(one, now, pollMs);
    const changedAt = one.nextAttemptAt ?? one.updatedAt;
    const dueAt = one.nextAttemptAt ?? one.updatedAt + patience;
    const ringAt = ringTime(one.id, changedAt, dueAt, patience);
    // The withdrawal may move to a stage with less patience meanwhile, so it is read again after `pollMs` at the latest.
    lookAt.set(one.id, Math.min(Math.max(ringAt, now), now + pollMs));
    if (now < ringAt) return [];
    rungAt.set(one.id, now);
    const step = stepFor(one);
    return [
      ...(step === null ? [] : [doorbellAt(step, one, passOf(now))]),
      ...(isStuck(one, now) ? [doorbellAt('broadcast', one, passOf(now))] : []),
    ];
  };
  const isTime = ({ id, dueAt }: DueKey<string>, now: Instant): boolean => {
    if (now < ringTime(id, dueAt, dueAt, lostDoorbellMs)) return false;
    rungAt.set(id, now);
    return true;
  };

  /** One pass; answers how many messages it sent. It throws when an item cannot be read, after it has rung for all others. */
  return async (now: Instant): Promise<number> => {
    const [operations, deliveries] = await Promise.all([
      index.operations(now),
      index.deliveries(now),
    ]);
    const worthALook = operations.filter(({ id }) => (lookAt.get(id) ?? 0) <= now);
    const dueAt = new Map(worthALook.map((one) => [one.id, one.dueAt]));
    const found = await index.look(worthALook.map(({ id }) => id));
    const { withdrawals, transactions, unreadable } = found;
    looked?.(withdrawals, now);
    const rings: Doorbell[] = [
      ...withdrawals.flatMap((one) => ringsOf(one, now)),
      ...transactions
        .filter(({ id }) => isTime({ id, dueAt: dueAt.get(id) ?? now }, now))
        .map((one) => doorbellAt('debit', one, passOf(now))),
    ];
    const lanes = deliveries.filter((one) => isTime(one, now)).map(({ lane }) => lane);
    for (const [id, at] of rungAt) if (now - at > 2 * lostDoorbellMs) rungAt.delete(id);
    for (const [id, at] of lookAt) if (now - at > 2 * lostDoorbellMs) lookAt.delete(id);
    const messages = [...together(rings), ...retryDoorbells(lanes, now)];
    await doorbells.ring(messages);
    if (unreadable.length > 0) throw new Error(`items cannot be read: ${unreadable.join(', ')}`);
    return messages.length;
  };
};
