/** The clock and the dice of every function. */
import { systemClock, systemDice } from '../adapters/net/clock.ts';
import type { Clock, Dice } from '../core/kernel/world.ts';

export const clock: Clock = systemClock;
export const dice: Dice = systemDice;
