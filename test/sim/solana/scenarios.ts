/** What happens in a world of Solana: scripts in which every call fails once, and worlds by chance. */
import { type Chance, type Script, visited, worldsOf } from '../rails/scripts.ts';
import { type SolanaWorld, solanaWorld } from './world.ts';

const later = 31_000;

const once = async (world: SolanaWorld): Promise<void> => {
  await world.visit('broadcast');
  world.pass(33);
  await world.visit('confirm');
};

const scripts: readonly Script<SolanaWorld>[] = [
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
      // The payment, and what is to end it.
      world.drop(2);
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
      world.onlySlots(2);
      for (let number = 0; number < 4; number += 1) world.ask(`payee ${number}`, 100n);
      await once(world);
      world.clock.advance(120_000);
      await once(world);
    },
    ends: ['confirmed', 'confirmed', 'confirmed', 'confirmed'],
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
  {
    name: 'undone',
    play: async (world) => {
      world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.pass(5);
      await world.visit('broadcast');
      await world.visit('confirm');
      // The block with the payment was on a fork that is given up.
      world.engine.undo(20);
      await world.visit('confirm');
      world.pass(2);
      await once(world);
    },
    ends: ['confirmed'],
  },
  {
    name: 'undone while a node answers',
    play: async (world) => {
      world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.pass(5);
      // It is asked for the block of what is not final, if at all, when that was on a fork, and the chain has long gone on.
      world.meanwhile('getBlock', () => {
        world.engine.undo(20);
        world.pass(40);
      });
      await world.visit('confirm');
      await world.visit('broadcast');
      await once(world);
    },
    ends: ['confirmed'],
  },
  {
    name: 'cancelled, and undone',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      world.drop(1);
      await world.visit('broadcast');
      world.end(id);
      await world.visit('broadcast');
      await world.visit('broadcast');
      world.pass(5);
      await world.visit('confirm');
      world.engine.undo(20);
      // Of the two the first one is carried out this time.
      world.replay(0);
      await once(world);
    },
    ends: ['confirmed'],
  },
  {
    name: 'an empty treasury',
    play: async (world) => {
      world.hold({ USDC: 50_000n, SOL: 1_000_000_000n });
      // More than there is, and a small one that does not wait behind it.
      world.ask('one', 60_000n);
      world.ask('two', 40_000n);
      await once(world);
      world.hold({ USDC: 1_000_000n, SOL: 0n });
      world.clock.advance(120_000);
      await once(world);
      world.hold({ USDC: 1_000_000n, SOL: 1_000_000_000n });
      world.clock.advance(120_000);
      await once(world);
    },
    ends: ['confirmed', 'confirmed'],
  },
  {
    name: 'late',
    play: async (world) => {
      world.ask('one', 40_000n);
      // A node takes it, time after time, and no block does.
      world.drop(99);
      for (let round = 0; round < 5; round += 1) {
        await world.visit('broadcast');
        await world.visit('confirm');
        world.clock.advance(600_000);
      }
      world.drop(0);
      await once(world);
    },
    ends: ['confirmed'],
  },
  {
    name: 'another treasury',
    play: async (world) => {
      world.ask('one', 40_000n);
      const id = world.ask('two', 50_000n);
      const failing = world.ask('three', 60_000n);
      world.open(failing);
      world.drop(3);
      await world.visit('broadcast');
      world.freeze(failing, true);
      world.replay(2);
      world.freeze(failing, false);
      world.changeTreasury();
      world.ask('four', 70_000n);
      // What the one before has signed is raised, and ended, by its own key; what failed is paid by the treasury of now.
      world.end(id);
      world.pass(33);
      world.clock.advance(later);
      await world.visit('broadcast');
      await world.visit('broadcast');
      await once(world);
    },
    ends: ['confirmed', 'refunding', 'confirmed', 'confirmed'],
  },
];

/** Anything happens at any time, as the die has it. */
const chance: Chance<SolanaWorld> = {
  faultCalls: 60,
  play: async (world, roll) => {
    const ids = Array.from({ length: 1 + roll(3) }, (_, index) =>
      roll(3) === 0
        ? world.ask(`payee ${index}`, 900_000n + BigInt(roll(1_000_000)), 'SOL')
        : world.ask(`payee ${index}`, 1n + BigInt(roll(1_000_000))),
    );
    for (let turn = 0; turn < 12; turn += 1) {
      const id = ids[roll(ids.length)];
      switch (roll(14)) {
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
        case 10:
          world.engine.undo(1 + roll(31));
          break;
        case 11:
          world.changeTreasury();
          break;
        case 12:
          world.hold({ USDC: BigInt(roll(1_000_000)), SOL: BigInt(roll(4)) * 2_000_000n });
          break;
        default:
      }
      await visited(world, ids, roll);
    }
    world.engine.forgetBefore(0);
    for (const id of ids) world.freeze(id, false);
  },
};

export const solanaWorlds = worldsOf(solanaWorld, scripts, chance);
