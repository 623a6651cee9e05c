/** What happens in a world of bitcoin: scripts in which every call fails once, and worlds by chance. */
import { type Chance, type Script, visited, worldsOf } from '../rails/scripts.ts';
import { type BitcoinWorld, bitcoinWorld } from './world.ts';

const scripts: readonly Script<BitcoinWorld>[] = [
  {
    name: 'paid',
    play: async (world) => {
      world.ask('one', 40_000n);
      world.ask('two', 400_000_000n);
      await world.visit('broadcast');
      world.mine(1);
      await world.visit('broadcast');
      world.mine(5);
      await world.visit('confirm');
    },
    ends: ['confirmed', 'confirmed'],
  },
  {
    name: 'raised',
    play: async (world) => {
      world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.fees(15_000n);
      world.evict();
      await world.visit('broadcast');
      await world.visit('broadcast');
      // A miner has the first bytes only.
      world.minedAlone(0);
      world.mine(5);
      await world.visit('confirm');
    },
    ends: ['confirmed'],
  },
  {
    name: 'cancelled',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.end(id);
      await world.visit('broadcast');
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
      // What was given up comes back.
      world.replay(0);
      world.mine(6);
    },
    ends: ['refunding'],
  },
  {
    name: 'cancelled too late',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.end(id);
      await world.visit('broadcast');
      world.minedAlone(0);
      await world.visit('broadcast');
      world.mine(5);
      await world.visit('confirm');
    },
    ends: ['confirmed'],
  },
  {
    name: 'undone',
    play: async (world) => {
      world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.mine(5);
      await world.visit('confirm');
      world.reorganise(5);
      world.evict();
      await world.visit('confirm');
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
    },
    ends: ['confirmed'],
  },
  {
    name: 'stolen',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.evict();
      await world.steal(id);
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
    },
    ends: ['review'],
  },
  {
    name: 'one after the other',
    play: async (world) => {
      world.ask('one', 40_000n);
      await world.visit('broadcast');
      // The second one is signed while no node has the first.
      world.evict();
      world.ask('two', 50_000n);
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
    },
    ends: ['confirmed', 'confirmed'],
  },
  {
    name: 'at the cap',
    play: async (world) => {
      world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.fees(190_000n);
      world.evict();
      for (let hours = 6; hours <= 48; hours *= 2) {
        await world.visit('broadcast');
        await world.visit('broadcast');
        world.fees(1_000n);
        world.clock.advance(hours * 3_600_000 + 1);
      }
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
    },
    ends: ['confirmed'],
  },
  {
    name: 'forgotten',
    play: async (world) => {
      world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.forget();
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('broadcast');
    },
    ends: ['reserved'],
  },
  {
    name: 'cancelled, and undone',
    play: async (world) => {
      const id = world.ask('one', 40_000n);
      await world.visit('broadcast');
      world.end(id);
      await world.visit('broadcast');
      await world.visit('broadcast');
      world.mine(3);
      await world.visit('confirm');
      world.reorganise(3);
      // Of the two the first one is mined this time.
      world.evict();
      world.minedAlone(0);
      world.mine(5);
      await world.visit('confirm');
    },
    ends: ['confirmed'],
  },
  {
    name: 'an empty treasury',
    play: async (world) => {
      // More than there is, and a small one that does not wait behind it.
      world.ask('one', 12_000_000_000n);
      world.ask('two', 40_000n);
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
      world.fund();
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
    },
    ends: ['confirmed', 'confirmed'],
  },
  {
    name: 'late',
    play: async (world) => {
      world.ask('one', 40_000n);
      // The pool has it, and no block does.
      for (let round = 0; round < 4; round += 1) {
        await world.visit('broadcast');
        await world.visit('confirm');
        world.clock.advance(3 * 3_600_000);
      }
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
    },
    ends: ['confirmed'],
  },
  {
    name: 'another treasury',
    play: async (world) => {
      world.ask('one', 40_000n);
      const id = world.ask('two', 50_000n);
      await world.visit('broadcast');
      world.evict();
      world.changeTreasury();
      world.ask('three', 60_000n);
      world.fees(15_000n);
      // What the one before has signed is raised, and ended, by its own key.
      world.end(id);
      await world.visit('broadcast');
      await world.visit('broadcast');
      world.mine(6);
      await world.visit('confirm');
    },
    ends: ['confirmed', 'refunding', 'confirmed'],
  },
];

/** Anything happens at any time, as the die has it. */
const chance: Chance<BitcoinWorld> = {
  faultCalls: 60,
  play: async (world, roll) => {
    const ids = Array.from({ length: 1 + roll(3) }, (_, index) =>
      world.ask(
        `payee ${index}`,
        roll(12) === 0 ? 12_000_000_000n : 1_000n + BigInt(roll(1_000_000)) * BigInt(1 + roll(900)),
      ),
    );
    for (let turn = 0; turn < 14; turn += 1) {
      const id = ids[roll(ids.length)];
      switch (roll(13)) {
        case 0:
        case 1:
          world.mine(1 + roll(3));
          break;
        case 2:
          world.evict();
          break;
        case 3:
          // Not so deep that what is final would be undone: nothing could be said then.
          world.reorganise(1 + roll(5));
          break;
        case 4:
          world.fees(BigInt(1 + roll(150)) * 1_000n);
          break;
        case 5:
          if (id !== undefined) world.end(id);
          break;
        case 6:
          world.replay(roll(9));
          break;
        case 7:
          world.minedAlone(roll(9));
          break;
        case 8:
          world.clock.advance(roll(6) * 3_600_000);
          break;
        case 9:
          if (id !== undefined && roll(4) === 0) await world.steal(id);
          break;
        case 10:
          world.changeTreasury();
          break;
        default:
      }
      await visited(world, ids, roll);
    }
  },
};

export const bitcoinWorlds = worldsOf(bitcoinWorld, scripts, chance);
