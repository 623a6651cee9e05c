/** What the settings say of Bitcoin. */
import type { Configured } from './configured.ts';

/** `null`: it is not configured. */
export const bitcoinConfigured = (): Configured | null => null;
