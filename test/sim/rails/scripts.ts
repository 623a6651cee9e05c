/** What scripts and worlds by chance of every rail have in common. */
import type { WithdrawalId } from '../../../lambdas/core/kernel/ids.ts';
import type { Withdrawal } from '../../../lambdas/core/withdrawal/withdrawal.ts';
import type { Moment } from './audit.ts';
import { type Fault, type FaultAt, faults } from './calls.ts';

export type Violation = string;
type World = {
  ids(): readonly WithdrawalId[];
  books: { withdrawals: ReadonlyMap<WithdrawalId, Withdrawal> };
  calls(): number;
  /** Answers what was wrong until now: after each visit, and in those that let it settle. */
  settle(): Promise<Violation[]>;
  ghosts(): void;
  audit(moment: Moment): Violation[];
  stop(): void;
};
export type Script<W> = { name: string; play(world: W): Promise<void>; ends: readonly string[] };
/** What a world by chance does, with a die. */
export type Chance<W> = { faultCalls: number; play(world: W, roll: Roll): Promise<void> };
export type Roll = (below: number) => number;

/** Everything comes to its end, and then all that was ever signed is let loose. */
async function finish(world: World): Promise<Violation[]> {
  const onTheWay = await world.settle();
  const settled = world.audit('settled');
  world.ghosts();
  return [...new Set([...onTheWay, ...settled, ...world.audit('settled')])];
}

/** The worlds of one rail. Each run is in a world of its own. */
export function worldsOf<W extends World>(
  make: (faultAt: FaultAt | null) => W,
  scripts: readonly Script<W>[],
  chance: Chance<W>,
) {
  /** What is wrong after this script; the stages in which its withdrawals have ended, and how many calls it took. */
  const played = async (script: Script<W>, faultAt: FaultAt | null = null) => {
    const world = make(faultAt);
    try {
      await script.play(world);
      const calls = world.calls();
      const violations = await finish(world);
      const stages = world.ids().map((id) => world.books.withdrawals.get(id)?.stage ?? '');
      return { violations, calls, stages };
    } finally {
      world.stop();
    }
  };
  const faulty = async (script: Script<W>, faultAt: FaultAt): Promise<Violation[]> => {
    const { violations } = await played(script, faultAt);
    return violations.map(
      (one) => `${script.name}, call ${faultAt.call}, ${faultAt.fault}: ${one}`,
    );
  };
  return {
    scripts,
    played,
    /** Each fault at this call, or this one only. */
    faultsAt: async (script: Script<W>, call: number, only?: Fault) => {
      const some = faults.filter((fault) => only === undefined || fault === only);
      const violations: Violation[] = [];
      for (const fault of some) violations.push(...(await faulty(script, { call, fault })));
      return { runs: some.length, violations };
    },
    /** So many of all faults at all calls. */
    someFaults: async (script: Script<W>, many: number): Promise<Violation[]> => {
      const all = (await played(script)).calls * faults.length;
      // Odd, so that each fault comes in turn.
      const step = Math.floor(all / many) | 1;
      const violations: Violation[] = [];
      for (let number = 0; number < all; number += step) {
        const [call, fault] = [Math.floor(number / faults.length), faults[number % faults.length]];
        if (fault !== undefined) violations.push(...(await faulty(script, { call, fault })));
      }
      return violations;
    },
    /** Anything happens at any time, as this seed has it. */
    byChance: async (seed: number): Promise<Violation[]> => {
      const roll = diceOf(seed);
      const fault = faults[roll(faults.length)] ?? 'crash-after';
      const world = make({ call: roll(chance.faultCalls), fault });
      try {
        await chance.play(world, roll);
        const found = await finish(world);
        return found.map((one) => `seed ${seed}: ${one}`);
      } finally {
        world.stop();
      }
    },
  };
}

/** All that waits is looked at: by one worker or by two, which meet the withdrawals in another order. */
export async function visited(
  world: { visit(step: 'broadcast' | 'confirm', ids?: readonly WithdrawalId[]): Promise<void> },
  ids: readonly WithdrawalId[],
  roll: Roll,
): Promise<void> {
  await Promise.all([
    world.visit('broadcast'),
    ...(roll(3) === 0 ? [world.visit('broadcast', ids.toReversed())] : []),
  ]);
  await world.visit('confirm');
}

/** A die that is thrown the same way for the same seed (a linear congruential generator, Numerical Recipes). */
function diceOf(seed: number): Roll {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
