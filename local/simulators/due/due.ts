/** Starts the Due simulator in a thread. At 200 transfers a second it takes a quarter of a core (measured). */
import { startThread } from '../thread.ts';
import type { DueIdentity, DueOptions } from './service.ts';

export type DueSimulator = DueIdentity & { stop(): Promise<void> };

export async function startDueSimulator(options: DueOptions): Promise<DueSimulator> {
  // A thread takes only plain data, and a started chain has functions.
  const chains = Object.entries(options.chains).map(([rail, { rpcUrl, token }]) => [
    rail,
    { rpcUrl, token },
  ]);
  return startThread(new URL('./thread.ts', import.meta.url), {
    ...options,
    chains: Object.fromEntries(chains),
  });
}
