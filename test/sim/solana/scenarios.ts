/** What happens in a world of Solana: scripts, and worlds by chance in which a call fails. */
import { type FaultAt, faults } from '../rails/calls.ts';
import { diceOf, finish, play, type Script, type Violation } from '../rails/scripts.ts';
import { type SolanaWorld, solanaWorld } from './world.ts';

const later = 31_000;

const once = async (world: SolanaWorld): Promise<void> => {
  await world.visit('broadcast');
  world.pass(33);
  await world.visit('confirm');
};

export const scripts: readonly Script<SolanaWorld>[] = [
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

/** What comes of this script, in a world of its own. */
export async function played(script: Script<SolanaWorld>, faultAt: FaultAt | null = null) {
  const world = solanaWorld(faultAt);
  try {
    return await play(script, world);
  } finally {
    world.stop();
  }
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
