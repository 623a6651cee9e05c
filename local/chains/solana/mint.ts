/** The mint of the test USDC. */
import { createHash } from 'node:crypto';
import { base58 } from '@scure/base';

/** The address of the mint, which is the same on every machine, and of nothing on a public network. */
export const testMint = base58.encode(createHash('sha256').update('drawbridge test USDC').digest());
