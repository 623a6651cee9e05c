/**
 * sweep: the only timer. Whatever is due and has not moved is rung again, so that losing every message of every queue
 * costs time and nothing else. It writes nothing: a doorbell too many is harmless.
 */
import { doorbellAt, isStuck, patienceMs, together } from './doorbells.ts';
import type { DeliveryId, Instant, OperationId, WalletId } from './ids.ts';
import { lostDoorbellMs } from './limits.ts';
import type { Doorbell, Doorbells } from './ports.ts';
import { stepFor, type Withdrawal } from './withdrawal.ts';

/** What the indexes of due things show; a moment old, and only ever a reason to look. */
export type DueIndex = {
  operations(before: Instant): Promise<{
    withdrawals: Withdrawal[];
    transactions: { id: OperationId; walletId: WalletId; dueAt: Instant }[];
  }>;
  deliveries(before: Instant): Promise<{ id: DeliveryId; group: string; dueAt: Instant }[]>;
};

/** One pass after another; `rung` remembers when each thing was rung, and is lost without harm. */
export const makeSweep = (index: DueIndex, doorbells: Doorbells, pollMs: number) => {
  const rung = new Map<string, Instant>();
  /** Whether it is time to ring: it is due, and was not rung since it became so, or that ring has led to nothing. */
  const isTime = (
    id: string,
    changedAt: Instant,
    dueAt: number,
    patience: number,
    now: Instant,
  ) => {
    const last = rung.get(id) ?? 0;
    return now >= (last >= changedAt ? Math.max(dueAt, last + patience) : dueAt);
  };

  return async (now: Instant): Promise<number> => {
    const [{ withdrawals, transactions }, deliveries] = await Promise.all([
      index.operations(now),
      index.deliveries(now),
    ]);
    const rings: Doorbell[] = [];
    for (const one of withdrawals) {
      const patience = patienceMs(one, now, pollMs);
      const changedAt = one.nextAttemptAt ?? one.updatedAt;
      const dueAt = one.nextAttemptAt ?? one.updatedAt + patience;
      if (!isTime(one.id, changedAt, dueAt, patience, now)) continue;
      const step = stepFor(one);
      if (step !== null) rings.push(doorbellAt(step, one));
      if (isStuck(one, now)) rings.push(doorbellAt('broadcast', one));
      rung.set(one.id, now);
    }
    for (const one of transactions) {
      if (!isTime(one.id, one.dueAt, one.dueAt, lostDoorbellMs, now)) continue;
      rings.push(doorbellAt('debit', one));
      rung.set(one.id, now);
    }
    for (const { id, group, dueAt } of deliveries) {
      if (!isTime(id, dueAt, dueAt, lostDoorbellMs, now)) continue;
      rings.push({ step: 'webhook', group, ids: [id] });
      rung.set(id, now);
    }
    for (const [id, at] of rung) if (now - at > 2 * lostDoorbellMs) rung.delete(id);
    const messages = together(rings);
    await doorbells.ring(messages);
    return messages.length;
  };
};
