/** Starts the nodes through which Drawbridge sees the local chains. They can be made to fail while the chains go on. */
import type { EvmNetwork } from '../../../lambdas/core/kernel/networks.ts';
import { startThread } from '../thread.ts';

/** URLs by network. */
export type Urls = Partial<Record<EvmNetwork, string>>;
export type Nodes = { urls: Urls; stop(): Promise<void> };

export const startNodes = async (chains: Urls): Promise<Nodes> =>
  Object.keys(chains).length === 0
    ? { urls: {}, stop: async () => {} }
    : await startThread(new URL('./thread.ts', import.meta.url), chains);
