/** The key of the local treasury of bitcoin. It is public: whatever is sent to it on a public network is lost. */
import { createHash } from 'node:crypto';
import { treasuryOf } from '../../../lambdas/adapters/bitcoin/signer.ts';
import { localKey, privateKeyIn } from '../../../lambdas/adapters/bitcoin/signer-local.ts';
import type { Net } from '../../../lambdas/core/rails/bitcoin/nets.ts';

export const devKey = createHash('sha256')
  .update('drawbridge local bitcoin treasury')
  .digest('hex');

/** The address that a private key pays from; `null`: it is none. */
export function addressOfKey(text: string, net: Net): string | null {
  const key = privateKeyIn(text);
  return key === null ? null : treasuryOf(localKey(key), net);
}
