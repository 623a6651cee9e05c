/** How the node of Bitcoin is reached, and probed. */
import { notConfigured } from './configured.ts';

export const probeBitcoin = () => async (): Promise<boolean> => notConfigured('bitcoin');
