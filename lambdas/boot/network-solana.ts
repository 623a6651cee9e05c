/** What the settings say of Solana. */
import type { Configured } from './configured.ts';

/** `null`: it is not configured. */
export const solanaConfigured = (): Configured | null => null;
