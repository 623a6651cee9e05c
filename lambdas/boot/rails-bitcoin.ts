/** Builds the rails of Bitcoin. What it needs of a library is imported when it is first asked for (`await import`), and not before. */
import { connectBitcoin } from '../adapters/bitcoin/payouts.ts';
import { recordBitcoin } from '../adapters/bitcoin/record.ts';
import { viewBitcoin } from '../adapters/bitcoin/view.ts';
import type { Gates } from '../core/breakers/gates.ts';
import type { Rail, Rails, RailView } from '../core/payout/rail.ts';
import type { RailMoney } from '../core/payout/rail-money.ts';
import type { Signer } from '../core/rails/bitcoin/chain.ts';
import { bitcoinMoney } from '../core/rails/bitcoin/money.ts';
import { bitcoinRail, bitcoinView } from '../core/rails/bitcoin/rail.ts';
import type { PayoutRecord } from '../core/reconcile/run.ts';
import type { Store } from '../core/store/store.ts';
import { needed } from './environment.ts';
import { bitcoinConfig } from './nodes-bitcoin.ts';
import { once } from './once.ts';
import { bitcoinTreasuryAddress } from './settings-bitcoin.ts';
import { bootOutputs } from './store.ts';
import { clock } from './world.ts';

/** What 5-confirm reads. */
export function bitcoinViews(gates: Gates, store: Store): Rails<RailView> {
  const view = once(async (_: null) => bitcoinView(viewBitcoin(await bitcoinConfig(gates)), store));
  return async () => view(null);
}

/** What 4-broadcast pays on, with the key. */
export function bitcoinRails(gates: Gates, store: Store): Rails<Rail> {
  const parts = once(async (_: null) => {
    const config = await bitcoinConfig(gates);
    const { bootBitcoinSigner } = await import('./signer-bitcoin.ts');
    const signer: Signer = await bootBitcoinSigner(config);
    return { chain: connectBitcoin(config), signer };
  });
  return async () => {
    const { chain, signer } = await parts(null);
    return bitcoinRail(chain, { store, outputs: bootOutputs(), signer, clock });
  };
}

/** What reconciliation reads. */
export const bitcoinRecords =
  (gates: Pick<Gates, 'pass'>, _store: Pick<Store, 'nextNumber'>): Rails<PayoutRecord> =>
  async () =>
    recordBitcoin(await bitcoinConfig(gates), bootOutputs());

/** What operators see. Nothing here signs. */
export function bitcoinMoneys(
  gates: Pick<Gates, 'pass'>,
  _store: Pick<Store, 'nextNumber'>,
): Rails<RailMoney> {
  const chain = once(async (_: null) => connectBitcoin(await bitcoinConfig(gates)));
  return async () => bitcoinMoney(() => chain(null), needed(bitcoinTreasuryAddress), bootOutputs());
}
