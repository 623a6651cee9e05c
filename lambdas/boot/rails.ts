/** Builds the rail of each network, with its keys. A new rail joins here. */
import { connectEvm } from '../adapters/evm/payouts.ts';
import { viewEvm } from '../adapters/evm/view.ts';
import type { Gates } from '../core/breakers/gates.ts';
import type { Network } from '../core/kernel/networks.ts';
import type { Rail, RailView } from '../core/payout/rail.ts';
import { pinnedChain } from '../core/rails/evm/pin.ts';
import { evmRails, evmView } from '../core/rails/evm/rail.ts';
import type { Store } from '../core/store/store.ts';
import { brokerageProbes } from './brokerage.ts';
import { optional } from './environment.ts';
import { gatesWith } from './gates.ts';
import { evmConfig, nodeProbes, readEvmConfig } from './nodes.ts';
import { once } from './once.ts';
import { bootSigner } from './signer.ts';
import { clock, dice } from './world.ts';

/** The breakers of 4-broadcast, which also asks the brokerage whether the cash is still there. */
export const bootPayoutGates = async (): Promise<Gates> =>
  gatesWith({ ...(await brokerageProbes()), ...nodeProbes() });

type Rails<R> = (network: Network) => Promise<R>;

/** The views from which 5-confirm reads verdicts. Each chain is asked once which one it is. */
export const bootRailViews = (gates: Gates, store: Store): Rails<RailView> =>
  once(async (network) =>
    evmView(await viewEvm(await readEvmConfig(network, gates, store)), store),
  );

/** The rails on which 4-broadcast pays, with the keys. */
export async function bootRails({ pass }: Gates, store: Store): Promise<Rails<Rail>> {
  const signer = await bootSigner();
  // `FINALITY_MS` replaces the time to finality of the public networks.
  const given = optional('FINALITY_MS');
  if (given !== null && !/^\d+$/.test(given))
    throw new Error(`FINALITY_MS is a whole number of milliseconds, not "${given}".`);
  const finalityMs = given === null ? undefined : Number(given);
  const chains = once(async (network) => {
    const config = await evmConfig(network);
    const pinned = pinnedChain(store, network, config.token);
    return connectEvm({ ...config, pass, pinned }, finalityMs);
  });
  return evmRails(chains, { store, signer, clock, dice });
}
