/** What the steps that work with a brokerage are given. */
import type { Budget } from '../kernel/budget.ts';
import type { Clock, Dice } from '../kernel/world.ts';
import type { Store } from '../store/store.ts';
import type { Switches } from '../switches/switches.ts';
import type { Brokerage } from './brokerage.ts';

export type BrokerageWorld = {
  store: Store;
  brokerage: Brokerage;
  clock: Clock;
  dice: Dice;
  budget: Budget;
  switches: Switches;
};
/** The same where perhaps no brokerage is set up; then no wallet can have been created that needs one. */
export type PerhapsBrokerage = Omit<BrokerageWorld, 'brokerage'> & { brokerage: Brokerage | null };
/** Throws when there is no brokerage: the setting was taken away after wallets had been made. */
export function withBrokerage<W extends PerhapsBrokerage>(world: W): W & { brokerage: Brokerage } {
  const { brokerage } = world;
  if (brokerage === null) throw new Error('A wallet is at a brokerage: set ALPACA_BASE_URL.');
  return { ...world, brokerage };
}
