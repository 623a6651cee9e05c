/** Builds the rails of EVM networks. */
import { connectEvm } from '../adapters/evm/payouts.ts';
import { recordEvm, viewEvm } from '../adapters/evm/view.ts';
import type { Gates } from '../core/breakers/gates.ts';
import type { EvmNetwork } from '../core/kernel/networks.ts';
import type { Rail, Rails, RailView } from '../core/payout/rail.ts';
import { pinnedChain } from '../core/rails/evm/pin.ts';
import { evmView, evmRails as railsOn, tokenNetwork } from '../core/rails/evm/rail.ts';
import type { PayoutRecord } from '../core/reconcile/run.ts';
import type { Store } from '../core/store/store.ts';
import { finalityMs } from './finality.ts';
import { evmConfig, readEvmConfig } from './nodes-evm.ts';
import { once } from './once.ts';
import { bootSigner } from './signer.ts';
import { clock, dice } from './world.ts';

export function evmViews(gates: Gates, store: Store): Rails<RailView> {
  const views = once(async (network: EvmNetwork) =>
    evmView(await viewEvm(await readEvmConfig(network, gates, store)), store),
  );
  return async (route) => views(tokenNetwork(route));
}

export function evmRails({ pass }: Gates, store: Store): Rails<Rail> {
  const signer = once((_: null) => bootSigner());
  const chains = once(async (network: EvmNetwork) => {
    const config = await evmConfig(network);
    const pinned = pinnedChain(store, network, config.token);
    return connectEvm({ ...config, pass, pinned }, finalityMs());
  });
  return async (route) =>
    railsOn(chains, { store, signer: await signer(null), clock, dice })(route);
}

/** What reconciliation reads. */
export const evmRecords =
  (gates: Pick<Gates, 'pass'>, store: Pick<Store, 'nextNumber'>): Rails<PayoutRecord> =>
  async (route) =>
    recordEvm(await readEvmConfig(tokenNetwork(route), gates, store));
