/** How a row of the table of settings is made. */
import type { Check, Setting } from './setting-checks.ts';

type Facts = Omit<Setting, 'name' | 'check' | 'neededBy'>;
/** Annotated so that esbuild leaves out the rows that a function does not use. */
/* @__NO_SIDE_EFFECTS__ */
export function setting<T, const F extends Facts>(
  name: string,
  valid: Check<T>,
  neededBy: Setting['neededBy'],
  facts: F,
): Setting<T> & F {
  return { name, check: valid, neededBy, ...facts };
}
