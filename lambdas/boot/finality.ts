/** How long payouts take to be final, where that is set: it replaces the time of the public networks. */
import { optional } from './environment.ts';

export function finalityMs(): number | undefined {
  const given = optional('FINALITY_MS');
  if (given !== null && !/^\d+$/.test(given))
    throw new Error(`FINALITY_MS is a whole number of milliseconds, not "${given}".`);
  return given === null ? undefined : Number(given);
}
