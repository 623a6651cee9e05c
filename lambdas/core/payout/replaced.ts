/** How other bytes for signed payouts are saved: of one, or of many that share them; and which they are, so that they can be submitted. */
import type { Instant } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import { afterBatch, attemptIn, type PayoutAttempt, type PayoutBatch } from '../store/attempt.ts';
import type { Change } from '../store/change.ts';
import { dueByItself, isLed } from '../withdrawal/due.ts';
import { waitFor, waitsNoMore } from '../withdrawal/retry.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import { isLate } from './patience.ts';
import { batchOf, type Payout, payoutOf } from './payout-effect.ts';
import { isSent, type Rail, type Replacement, type SentPayout } from './rail.ts';

type World = { clock: Clock; dice: Dice };

/** The changes that save other bytes for one payout. */
export function replaced(
  world: World,
  payout: Payout,
  { changes, details, ...signed }: Replacement & { batch?: never },
  ends: true | undefined,
  waits: WaitReason | null,
): readonly Change[] {
  const { withdrawal: from, attempt: last } = payout;
  const number = last.number + 1;
  const to = withAttempt(world, from, { ...signed, number }, waits);
  const before = afterBatch(last.batch?.id);
  const createdAt = world.clock.now();
  const attempt = { withdrawalId: from.id, number, createdAt, details, ...before };
  return [
    ...changes,
    { change: 'attempt', attempt: ends === undefined ? attempt : { ...attempt, ends } },
    { change: 'withdrawal', from, to },
  ];
}

/**
 * Of those that shared the last bytes, the first of whom was looked at. Each moves by its own condition: if one is being ended or has a
 * verdict by now, none of it is saved. Who is due for all may be in the new batch or be left in the old one. So whoever was looked at is due
 * for the new one, and those that are left are due each by itself, for each of them goes alone next.
 */
export function replacedTogether(
  world: World,
  rail: Rail,
  sharing: readonly Payout[],
  { changes, batch, ...signed }: Replacement & { batch: PayoutBatch },
): readonly Change[] {
  const now = world.clock.now();
  const [first] = sharing;
  return [
    ...changes,
    { change: 'batch', batch: { ...batch, ...afterBatch(first?.attempt.batch?.id) } },
    ...sharing.flatMap(({ withdrawal: from }): Change[] => {
      if (!batch.members.has(from.id))
        return isLed(from) ? [{ change: 'withdrawal', from, to: dueByItself(from, now) }] : [];
      const attempt = attemptIn(batch, from.id);
      const waits = isLate(from, rail, now) ? 'payout-late' : null;
      const to = withAttempt(world, from, { ...signed, ...attempt }, waits);
      const dueAt = to.dueAt ?? (from === first?.withdrawal ? now : null);
      return [{ change: 'withdrawal', from, to: { ...to, dueAt } }];
    }),
  ];
}

/** The payouts that have other bytes when these changes are made. */
export function savedBy(changes: readonly Change[]): Payout[] {
  const alone = changes.flatMap((one) => (one.change === 'attempt' ? [one.attempt] : []));
  const shared = changes.flatMap((one) => (one.change === 'batch' ? [one.batch] : []));
  return changes.flatMap((one) => {
    if (one.change !== 'withdrawal' || !isSent(one.to)) return [];
    const { id } = one.to;
    const batch = shared.find(({ members }) => members.has(id));
    const attempt =
      batch === undefined
        ? alone.find(({ withdrawalId }) => withdrawalId === id)
        : attemptIn(batch, id);
    return attempt === undefined ? [] : [payoutOf(one.to, attempt)];
  });
}

/** Somebody has to be due for those whose bytes one goes on without, if that one was. */
export function handedOn(left: readonly Payout[], now: Instant): readonly Change[] {
  const sent = left
    .map(({ withdrawal }) => withdrawal)
    .filter(({ stage }) => stage === 'broadcast');
  const [heir] = sent;
  if (heir === undefined || !sent.every(isLed)) return [];
  return [{ change: 'withdrawal', from: heir, to: dueByItself(heir, now) }];
}

function withAttempt(
  { clock, dice }: World,
  { payoutBatch: _, ...from }: SentPayout,
  latest: Pick<Replacement, 'txId' | 'payer'> & Pick<PayoutAttempt, 'number' | 'batch'>,
  waits: WaitReason | null,
): SentPayout {
  const now = clock.now();
  const { txId, payer, number: attempts } = latest;
  const after = { ...from, attempts, txId, payer, ...batchOf(latest) } as SentPayout;
  return waits === null ? waitsNoMore(after, now) : waitFor(after, now, waits, now, dice);
}
