/** What each kind of chain says of its networks, from their settings. */
import type { Asset } from '../core/kernel/money.ts';
import type { Network } from '../core/kernel/networks.ts';

/** What the settings say of a network. Each kind of chain answers it in a file of its own (`network-….ts`). */
export type Configured = {
  assets: readonly Asset[];
  /** Whether it is the main network, whose block explorer is public. */
  isMain: boolean;
  /** Our own addresses there, and those of the assets: they are no destinations. Throws where they are not set. */
  ours(): readonly string[];
};

export function notConfigured(network: Network): never {
  throw new Error(`${network} is not configured here`);
}
