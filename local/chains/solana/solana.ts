/** Starts the node of a local Solana. */

import { localMessageSigner } from '../../../lambdas/adapters/solana/signer-local.ts';
import { startThread } from '../../simulators/thread.ts';
import { devKey } from './dev-keys.ts';
import type { SolanaOptions } from './service.ts';

/** Shorter than mainnet's, so that payouts are final here as soon as on the other chains. */
const slotMs = 90;

export const startLocalSolana = (dataDir: string, treasury: string) => {
  const [issuer, liquidity] = (['issuer', 'liquidity'] as const).map(
    (name) => localMessageSigner(devKey(name)).address,
  );
  if (issuer === undefined || liquidity === undefined) throw new Error('there are two keys');
  const options: SolanaOptions = { dataDir, slotMs, issuer, owners: { treasury, liquidity } };
  return startThread<SolanaOptions, { url: string }>(
    new URL('./service.ts', import.meta.url),
    options,
  );
};
