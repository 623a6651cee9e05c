/** How the node of Solana is reached, and probed. */
import { solanaArrivals } from '../adapters/solana/arrivals.ts';
import { probeOf } from '../adapters/solana/rpc.ts';
import type { SolanaConfig } from '../adapters/solana/view.ts';
import type { Gates } from '../core/breakers/gates.ts';
import type { Arrivals } from '../core/on-ramp/arrival.ts';
import { chainUsedFirst } from '../core/rails/evm/pin.ts';
import type { Store } from '../core/store/store.ts';
import { bootSecret, learnUrl, needed, told } from './environment.ts';
import { once } from './once.ts';
import { read } from './setting-checks.ts';
import {
  solanaMaxPriorityFee,
  solanaRpcUrl,
  solanaTreasuryAddress,
  solanaUsdcMint,
} from './settings-solana.ts';

/** Reads the URL of the node, once for as long as the function lives. It may hold a key. */
const rpcUrlOf = once(async (_: null) => {
  const url = read(solanaRpcUrl, (await bootSecret(solanaRpcUrl.name)).trim());
  learnUrl(url);
  return url;
});

/** A URL that cannot be read holds up nobody else: a probe reads it when it is made. */
export const probeSolana = () => async (): Promise<boolean> =>
  probeOf({ rpcUrl: await rpcUrlOf(null) })();

export async function solanaConfig(): Promise<SolanaConfig> {
  const priorityFeeMax = told(solanaMaxPriorityFee);
  return {
    rpcUrl: await rpcUrlOf(null),
    mint: needed(solanaUsdcMint),
    treasury: needed(solanaTreasuryAddress),
    ...(priorityFeeMax === null ? {} : { priorityFeeMax }),
  };
}

/** How the node is asked by who only reads: through the breakers, and as the chain that was used here first. */
export async function readSolanaConfig(
  { pass }: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Promise<SolanaConfig> {
  const config = await solanaConfig();
  return { ...config, pass, pinned: chainUsedFirst(store, 'solana', config.mint) };
}

/** Where it is seen what the on-ramp has paid. */
export const arrivalsOnSolana = (
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Arrivals<'solana'> =>
  solanaArrivals(
    () => readSolanaConfig(gates, store),
    () => needed(solanaTreasuryAddress),
  );
