/** How the node of Solana is reached, and probed. */
import type { Gates } from '../core/breakers/gates.ts';
import type { Arrivals } from '../core/on-ramp/arrival.ts';
import type { Store } from '../core/store/store.ts';
import { notConfigured } from './configured.ts';

export const probeSolana = () => async (): Promise<boolean> => notConfigured('solana');

export const arrivalsOnSolana = (
  _gates: Pick<Gates, 'pass'>,
  _store: Pick<Store, 'nextNumber'>,
): Arrivals<'solana'> => ({
  treasury: () => notConfigured('solana'),
  of: async () => notConfigured('solana'),
});
