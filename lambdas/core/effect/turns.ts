/** Whose turn it is while a provider is away or coming back: the one way in which a step meets the circuit breakers. */
import type { Gates } from '../breakers/gates.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import { commitGroups, type Store } from '../store/store.ts';
import { waitFor } from '../withdrawal/retry.ts';
import type { WaitReason } from '../withdrawal/waits.ts';
import type { Withdrawal } from '../withdrawal/withdrawal.ts';

export type TurnsWorld = { store: Store; clock: Clock; dice: Dice; gates: Pick<Gates, 'begin'> };

/**
 * Those of them that may begin now with what needs all these operations of providers. The others wait for their turn,
 * visible as RETRYING with this reason, and that counts as no retry.
 */
export async function admit<W extends Withdrawal>(
  world: TurnsWorld,
  withdrawals: readonly W[],
  reason: WaitReason,
  ...operations: readonly string[]
): Promise<readonly W[]> {
  if (withdrawals.length === 0) return [];
  const { allowed, until } = await world.gates.begin(withdrawals.length, ...operations);
  await waitForTurn(world, withdrawals.slice(allowed), reason, until);
  return withdrawals.slice(0, allowed);
}

/** Lets them wait until then, as those that `admit` does not let begin. */
export async function waitForTurn(
  { store, clock, dice }: Omit<TurnsWorld, 'gates'>,
  withdrawals: readonly Withdrawal[],
  reason: WaitReason,
  until: Instant,
): Promise<void> {
  const groups = withdrawals.map((from) => {
    const to = waitFor(from, until, reason, clock.now(), dice);
    return { changes: [{ change: 'withdrawal', from, to } as const] };
  });
  await commitGroups(store, groups);
}
