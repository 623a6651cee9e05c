/** How withdrawals of a wallet at a brokerage show that they wait for the answer about one that was accepted before. */
import { journalPollMaxMs, journalSettleMs } from '../kernel/limits.ts';
import { later } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import { commitGroups, type Store } from '../store/store.ts';
import { waitFor } from '../withdrawal/retry.ts';
import type { In } from '../withdrawal/withdrawal.ts';
import { behindShownMs } from './limits.ts';

/**
 * The first that may not pass says so at once, and has the wallet looked at again. Those behind it say so when it has taken so long
 * that it is more than a moment: each is a write, and an event to its client.
 */
export async function showDebitsAhead(
  { store, clock, dice }: { store: Store; clock: Clock; dice: Dice },
  next: readonly In<'requested'>[],
): Promise<void> {
  const now = clock.now();
  const [first] = next;
  const telling = next.filter(
    (one) =>
      (one.nextAttemptAt === null || one.nextAttemptAt <= now) &&
      (one === first || one.acceptedAt <= later(now, -behindShownMs)),
  );
  const groups = telling.map((from) => {
    const until = later(now, from === first ? journalSettleMs : journalPollMaxMs);
    const to = waitFor(from, until, 'debits-ahead', now, dice);
    return { changes: [{ change: 'withdrawal' as const, from, to }] };
  });
  await commitGroups(store, groups);
}
