/**
 * Signed payouts that are not final yet: a submission that crashed, was lost, or was too cheap. The same bytes go again,
 * and when they cannot succeed any more, others for the same exclusive resource, saved as an attempt of their own. None of
 * this can pay twice: the resource lets one of all attempts act, whichever comes first.
 */
import { type Ended, lookUpAndSend } from '../effect/effect.ts';
import { all } from '../kernel/all.ts';
import type { Budget } from '../kernel/budget.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Change } from '../store/change.ts';
import type { Store } from '../store/store.ts';
import { type Payout, payoutEffect, payoutOf } from './payout-effect.ts';
import type { Rail, Replacement, SentPayout, Standing, Taken } from './rail.ts';

type CarryOnWorld = { store: Store; clock: Clock; dice: Dice; budget: Budget };

export async function carryOn(
  world: CarryOnWorld,
  rail: Rail,
  sent: readonly SentPayout[],
): Promise<void> {
  if (sent.length === 0) return;
  const payouts = await all(sent.map((withdrawal) => lastAttemptOf(world.store, withdrawal)));
  // One after the other: each may need the next of what many share.
  const failures: unknown[] = [];
  for (const ended of await lookUpAndSend(world, payoutEffect(rail, world), payouts)) {
    try {
      const standing = standingOf(ended);
      const next = standing && (await rail.replace(ended.item.attempt, standing));
      if (next !== null) await world.store.commit(replaced(ended.item, next, world.clock));
    } catch (error) {
      // Whatever is wrong with one of them, the others do not wait for it.
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function lastAttemptOf(store: Store, withdrawal: SentPayout): Promise<Payout> {
  const { id, attempts } = withdrawal;
  const attempt = await store.attempt(id, attempts);
  if (attempt === null) throw new Error(`${id} has no attempt ${attempts}`);
  return payoutOf(withdrawal, attempt);
}

/** `null`: these bytes are as good as they can be. */
function standingOf({ item: { withdrawal }, end }: Ended<Payout, Taken>): Standing | null {
  switch (end.is) {
    case 'taken':
      // What has become `broadcast` just now is looked at again when it is stuck as that.
      return end.value === 'by-a-node' && withdrawal.stage === 'broadcast'
        ? { is: 'pending' }
        : null;
    case 'not-made':
      return { is: 'refused', code: end.code };
    case 'waiting':
      return withdrawal.stage === 'signed' ? { is: 'unanswered' } : null;
    case 'not-sent':
    case 'for-a-person':
      return null;
    default:
      return end satisfies never;
  }
}

/** The next visit submits what is saved here. */
function replaced(
  { withdrawal: from, attempt: last }: Payout,
  { changes, details, txId, payer }: Replacement,
  clock: Clock,
): Change[] {
  const now = clock.now();
  const number = last.number + 1;
  const { version } = from;
  const to = { ...from, version: version + 1, updatedAt: now, attempts: number, txId, payer };
  return [
    ...changes,
    { change: 'attempt', attempt: { ...last, number, createdAt: now, details } },
    { change: 'withdrawal', from, to },
  ];
}
