/** A real chain of a test's own, with the test USDC on it. It mines when it is told to, and is gone when it is stopped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Chain, startChain } from '../../local/chains/chain.ts';

export async function startAnvil(): Promise<Chain> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'anvil-'));
  const chain = await startChain({
    ...{ network: 'ethereum', chainId: 31_337 },
    ...{ dataDir, blockSeconds: 0 },
  });
  const stop = async (): Promise<void> => {
    await chain.stop();
    rmSync(dataDir, { recursive: true });
  };
  return { ...chain, stop };
}
