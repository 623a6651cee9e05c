/** Starts the Alpaca simulator in a thread. */
import { startThread } from '../thread.ts';
import type { AlpacaIdentity, AlpacaOptions } from './service.ts';

export type AlpacaSimulator = AlpacaIdentity & { stop(): Promise<void> };

export const startAlpacaSimulator = (options: AlpacaOptions): Promise<AlpacaSimulator> =>
  startThread(new URL('./thread.ts', import.meta.url), options);
