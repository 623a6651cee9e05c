/** What scripts and worlds by chance of every rail have in common. */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';

export type Violation = string;
type World = {
  ids(): readonly WithdrawalId[];
  books: { withdrawals: ReadonlyMap<WithdrawalId, Withdrawal> };
  calls(): number;
  settle(): Promise<void>;
  ghosts(): void;
  audit(isOver: boolean): Violation[];
};
export type Script<W> = { name: string; play(world: W): Promise<void>; ends: readonly string[] };

/** Everything comes to its end, and then all that was ever signed is let loose. */
export async function finish(world: World): Promise<Violation[]> {
  const before = world.audit(false);
  await world.settle();
  const after = world.audit(true);
  world.ghosts();
  return [...new Set([...before, ...after, ...world.audit(true)])];
}

/** What is wrong after this script; the stages in which its withdrawals have ended, and how many calls it took. */
export async function play<W extends World>(script: Script<W>, world: W) {
  await script.play(world);
  const calls = world.calls();
  const violations = await finish(world);
  const stages = world.ids().map((id) => world.books.withdrawals.get(id)?.stage ?? '');
  return { violations, calls, stages };
}

/** A die that is thrown the same way for the same seed (a linear congruential generator, Numerical Recipes). */
export function diceOf(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
