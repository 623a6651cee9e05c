/** Starts the Alpaca simulator. */
import type { AlpacaIdentity, AlpacaOptions } from './alpaca-service.ts';
import { startThread } from './thread.ts';

export type AlpacaSimulator = AlpacaIdentity & { stop(): Promise<void> };

export const startAlpacaSimulator = (options: AlpacaOptions): Promise<AlpacaSimulator> =>
  startThread(new URL('./alpaca-thread.ts', import.meta.url), options);
