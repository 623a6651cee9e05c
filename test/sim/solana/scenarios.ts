/** What happens in a world of Solana: scripts, and worlds by chance in which a call fails. */
import { type Fault, faults, type SolanaWorld, solanaWorld, type Violation } from './world.ts';

type Script = { name: string; play(world: SolanaWorld): Promise<void>; ends: readonly string[] };
const later = 31_000;

const once = async (world: SolanaWorld): Promise<void> => {
  await world.visit('broadcast');
  world.pass(33);
  await world.visit('confirm');
};

export const scripts: readonly Script[] = [
  {
    name: 'paid',
    play: async (world) => {
      world.ask('one', 40_000n);
      world.ask('two', 2_000_000_000n, 'SOL');
      await once(world);
    },
    ends: ['confirmed', 'confirmed'],
  },
  {
    name: 'raised',
    play: async (world) => {
      world.ask('one', 40_000n);
      world.drop(2);
      await world.visit('broadcast');
      world.clock.advance(later);
      await world.visit('broadcast');
      await world.visit('broadcast');
      // A block has the first bytes only, and then the last come, too.
      world.replay(0);
      world.replay(1);
      world.replay(2);
      await once(world);
    },
    ends: ['confirmed'],
  },
  {
    name: 'cancelled',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      world.drop(1);
      await world.visit('broadcast');
      world.end(id);
      await world.visit('broadcast');
      await once(world);
      world.replay(0);
    },
    ends: ['refunding'],
  },
  {
    name: 'cancelled too late',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      world.drop(1);
      await world.visit('broadcast');
      world.end(id);
      await world.visit('broadcast');
      world.replay(0);
      await once(world);
    },
    ends: ['confirmed'],
  },
  {
    name: 'failed',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      world.open(id);
      world.drop(1);
      await world.visit('broadcast', [id]);
      world.freeze(id, true);
      world.replay(0);
      world.freeze(id, false);
      world.pass(33);
      world.clock.advance(later);
      await world.visit('broadcast');
      await once(world);
    },
    ends: ['confirmed'],
  },
  {
    name: 'advanced by another',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      world.drop(1);
      await world.visit('broadcast');
      await world.advance(id);
      world.pass(33);
      world.clock.advance(later);
      await once(world);
    },
    ends: ['review'],
  },
  {
    name: 'one slot after the other',
    play: async (world) => {
      for (let number = 0; number < 22; number += 1) world.ask(`payee ${number}`, 100n);
      await once(world);
      world.clock.advance(120_000);
      await once(world);
    },
    ends: Array.from({ length: 22 }, () => 'confirmed'),
  },
  {
    name: 'forgotten',
    play: async (world) => {
      world.ask('one', 40_000n);
      world.drop(1);
      await world.visit('broadcast');
      world.forget();
      world.clock.advance(600_000);
      await world.visit('broadcast');
      // What was signed before comes after all.
      world.replay(0);
      await once(world);
    },
    ends: ['reserved'],
  },
];

/** Everything comes to its end, and then all that was ever signed is let loose. */
async function finish(world: SolanaWorld): Promise<Violation[]> {
  const before = world.audit(false);
  await world.settle();
  const after = world.audit(true);
  world.ghosts();
  return [...new Set([...before, ...after, ...world.audit(true)])];
}

/** What is wrong after this script; the stages in which its withdrawals have ended, and how many calls it took. */
export async function played(
  { play }: Script,
  faultAt: { call: number; fault: Fault } | null = null,
): Promise<{ violations: Violation[]; stages: string[]; calls: number }> {
  const world = solanaWorld(faultAt);
  try {
    await play(world);
    const calls = world.calls();
    const violations = await finish(world);
    const stages = world.ids().map((id) => world.books.withdrawals.get(id)?.stage ?? '');
    return { violations, calls, stages };
  } finally {
    world.stop();
  }
}

/** A die that is thrown the same way for the same seed (a linear congruential generator, Numerical Recipes). */
function diceOf(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Anything happens at any time, as this seed has it. */
export async function byChance(seed: number): Promise<Violation[]> {
  const roll = diceOf(seed);
  const fault = faults[roll(faults.length)] ?? 'crash-after';
  const world = solanaWorld({ call: roll(60), fault });
  const ids = Array.from({ length: 1 + roll(3) }, (_, index) =>
    roll(3) === 0
      ? world.ask(`payee ${index}`, 900_000n + BigInt(roll(1_000_000)), 'SOL')
      : world.ask(`payee ${index}`, 1n + BigInt(roll(1_000_000))),
  );
  const some = () => ids[roll(ids.length)] ?? ids[0];
  try {
    for (let turn = 0; turn < 12; turn += 1) {
      const id = some();
      switch (roll(11)) {
        case 0:
        case 1:
          world.pass(1 + roll(40));
          break;
        case 2:
          world.drop(1 + roll(3));
          break;
        case 3:
          world.rash(roll(2) === 0);
          break;
        case 4:
          if (id !== undefined) world.end(id);
          break;
        case 5:
          world.replay(roll(9));
          break;
        case 6:
          world.clock.advance(roll(6) * 600_000);
          break;
        case 7:
          if (id !== undefined && roll(3) === 0) await world.advance(id);
          break;
        case 8:
          if (id !== undefined) world.freeze(id, roll(2) === 0);
          break;
        case 9:
          // The node forgets what was before, and knows it again.
          world.engine.forgetBefore(roll(2) === 0 ? world.engine.slot() : 0);
          break;
        default:
      }
      await Promise.all([
        world.visit('broadcast'),
        ...(roll(3) === 0 ? [world.visit('broadcast', ids.toReversed())] : []),
      ]);
      await world.visit('confirm');
      const found = world.audit(false);
      if (found.length > 0) return found.map((one) => `seed ${seed}, turn ${turn}: ${one}`);
    }
    world.engine.forgetBefore(0);
    for (const id of ids) world.freeze(id, false);
    return (await finish(world)).map((one) => `seed ${seed}: ${one}`);
  } finally {
    world.stop();
  }
}
