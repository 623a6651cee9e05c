/** The real clock and dice: the only file that reads the time or randomness that decisions depend on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../../core/kernel/time.ts';
import type { Clock, Dice } from '../../core/kernel/world.ts';

export const systemClock: Clock = {
  now: () => Date.now() as Instant,
  until: async (instant) => {
    await sleep(Math.max(0, instant - Date.now()));
  },
};

export const systemDice: Dice = { roll: () => Math.random() };
