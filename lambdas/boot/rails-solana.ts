/** Builds the rails of Solana. What it needs of a library is imported when it is first asked for (`await import`), and not before. */
import type { Gates } from '../core/breakers/gates.ts';
import { SettingError } from '../core/kernel/errors.ts';
import type { Route } from '../core/kernel/networks.ts';
import type { Rail, Rails, RailView } from '../core/payout/rail.ts';
import type { RailMoney } from '../core/payout/rail-money.ts';
import { chainUsedFirst, pinnedChain } from '../core/rails/evm/pin.ts';
import type { PayoutRecord } from '../core/reconcile/run.ts';
import type { Store } from '../core/store/store.ts';
import { needed } from './environment.ts';
import { finalityMs } from './finality.ts';
import { once } from './once.ts';
import { solanaTreasuryAddress } from './settings-solana.ts';
import { clock, dice } from './world.ts';

type Asset = 'USDC' | 'SOL';
/** Throws on a route that is none of Solana's. */
function assetOf({ network, asset }: Route): Asset {
  if (network === 'solana' && (asset === 'USDC' || asset === 'SOL')) return asset;
  throw new Error(`no rail pays ${asset} on ${network}`);
}

/** What 5-confirm reads. */
export function solanaViews(gates: Gates, store: Store): Rails<RailView> {
  const view = once(async (_: null) => {
    const [{ viewSolana }, { solanaView }, { readSolanaConfig }] = await Promise.all([
      import('../adapters/solana/view.ts'),
      import('../core/rails/solana/verdict.ts'),
      import('./nodes-solana.ts'),
    ]);
    return solanaView(await viewSolana(await readSolanaConfig(gates, store)), store);
  });
  return async (route) => {
    assetOf(route);
    return view(null);
  };
}

/** What 4-broadcast pays on, with the keys. */
export function solanaRails({ pass }: Gates, store: Store): Rails<Rail> {
  const connected = once(async (_: null) => {
    const [{ connectSolana }, { solanaConfig }, { bootSolanaSigner }] = await Promise.all([
      import('../adapters/solana/payouts.ts'),
      import('./nodes-solana.ts'),
      import('./signer-solana.ts'),
    ]);
    const config = await solanaConfig();
    const pinned = pinnedChain(store, 'solana', config.mint);
    const [chain, signer] = await Promise.all([
      connectSolana({ ...config, pass, pinned }, finalityMs()),
      bootSolanaSigner(config.mint),
    ]);
    if (signer.address !== config.treasury)
      throw new SettingError(
        `SOLANA_TREASURY_ADDRESS is not the address of the key, which is ${signer.address}.`,
      );
    return { chain, signer };
  });
  return async (route) => {
    const asset = assetOf(route);
    const { solanaRail } = await import('../core/rails/solana/rail.ts');
    const { chain, signer } = await connected(null);
    return solanaRail(chain, asset, { store, signer, clock, dice });
  };
}

/** What reconciliation reads. */
export const solanaRecords =
  (gates: Pick<Gates, 'pass'>, store: Pick<Store, 'nextNumber'>): Rails<PayoutRecord> =>
  async (route) => {
    const asset = assetOf(route);
    const [{ recordSolana }, { readSolanaConfig }] = await Promise.all([
      import('../adapters/solana/record.ts'),
      import('./nodes-solana.ts'),
    ]);
    return recordSolana(await readSolanaConfig(gates, store), asset);
  };

/** What operators see. Nothing here signs. */
export function solanaMoneys(
  { pass }: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Rails<RailMoney> {
  const chain = once(async (_: null) => {
    const [{ connectSolana }, { solanaConfig }] = await Promise.all([
      import('../adapters/solana/payouts.ts'),
      import('./nodes-solana.ts'),
    ]);
    const config = await solanaConfig();
    const pinned = chainUsedFirst(store, 'solana', config.mint);
    return connectSolana({ ...config, pass, pinned });
  });
  return async (route) => {
    const asset = assetOf(route);
    const { solanaMoney } = await import('../core/rails/solana/money.ts');
    return solanaMoney(() => chain(null), needed(solanaTreasuryAddress), store, asset);
  };
}
