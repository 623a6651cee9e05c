/** Starts the local chain of bitcoin in the thread of the simulators. */
import { startThread } from '../../simulators/thread.ts';
import type { BitcoinIdentity, BitcoinOptions } from './service.ts';

export type BitcoinChain = BitcoinIdentity & { stop(): Promise<void> };

export const startBitcoin = (options: BitcoinOptions): Promise<BitcoinChain> =>
  startThread(new URL('./thread.ts', import.meta.url), options);
