/** Builds the rails of EVM networks: of their token, and of ether where the treasury pays it (`EVM_ETHER`). */
import { connectEther, viewEther } from '../adapters/evm/ether.ts';
import { recordEther } from '../adapters/evm/ether-record.ts';
import { connectEvm } from '../adapters/evm/payouts.ts';
import { recordEvm, viewEvm } from '../adapters/evm/view.ts';
import type { Gates } from '../core/breakers/gates.ts';
import type { Address, EvmNetwork } from '../core/kernel/networks.ts';
import type { Rail, Rails, RailView } from '../core/payout/rail.ts';
import type { RailMoney } from '../core/payout/rail-money.ts';
import { etherMoney } from '../core/rails/ether/money.ts';
import { etherNetwork, etherRails, etherView } from '../core/rails/ether/rail.ts';
import { evmMoney } from '../core/rails/evm/money.ts';
import { refusingOurs } from '../core/rails/evm/ours.ts';
import { pinnedChain } from '../core/rails/evm/pin.ts';
import { evmView, tokenNetwork, evmRails as tokenRails } from '../core/rails/evm/rail.ts';
import type { PayoutRecord } from '../core/reconcile/run.ts';
import type { Store } from '../core/store/store.ts';
import { finalityMs } from './finality.ts';
import { lanesOf } from './lanes-evm.ts';
import { evmConfig, evmOurs, readEvmConfig } from './nodes-evm.ts';
import { once } from './once.ts';
import { bootEtherSigner, bootSigner } from './signer.ts';
import { clock, dice } from './world.ts';

type Reads = Pick<Gates, 'pass'>;
type Numbers = Pick<Store, 'nextNumber'>;

/** The rail of the asset; on a network that does not pay it both throw. */
const byAsset =
  <R>(ether: Rails<R>, token: Rails<R>): Rails<R> =>
  (route) =>
    route.asset === 'ETH' ? ether(route) : token(route);

export function evmViews(gates: Reads, store: Store): Rails<RailView> {
  const tokens = once(async (network: EvmNetwork) =>
    evmView(await viewEvm(await readEvmConfig(network, gates, store)), store),
  );
  const ether = once(async (network: EvmNetwork) =>
    etherView(await viewEther(await readEvmConfig(network, gates, store)), store),
  );
  return byAsset(
    async (route) => ether(etherNetwork(route)),
    async (route) => tokens(tokenNetwork(route)),
  );
}

export function evmRails({ pass }: Reads, store: Store): Rails<Rail> {
  const pinned = async (network: EvmNetwork) => {
    const config = await evmConfig(network);
    return { ...config, pass, pinned: pinnedChain(store, network, config.token) };
  };
  const tokens = once(async (network: EvmNetwork) =>
    connectEvm(await pinned(network), finalityMs()),
  );
  const ether = once(async (network: EvmNetwork) =>
    connectEther(await pinned(network), finalityMs()),
  );
  const world = { store, clock, dice };
  return byAsset(
    async (route) => {
      const rails = etherRails(ether, { ...world, signer: await bootEtherSigner() });
      return refusingOurs(await rails(route), await oursOn(etherNetwork(route)));
    },
    async (route) => {
      const rails = tokenRails(tokens, { ...world, signer: await bootSigner() });
      return refusingOurs(await rails(route), await oursOn(tokenNetwork(route)));
    },
  );
}

const oursOn = async (network: EvmNetwork): Promise<readonly Address[]> => {
  const { payoutContract } = evmOurs(network);
  const lanes = await (await bootSigner()).lanes();
  return payoutContract === null ? lanes : [...lanes, payoutContract];
};

/** What reconciliation reads. */
export const evmRecords = (gates: Reads, store: Numbers): Rails<PayoutRecord> =>
  byAsset(
    async (route) => recordEther(await readEvmConfig(etherNetwork(route), gates, store)),
    async (route) => recordEvm(await readEvmConfig(tokenNetwork(route), gates, store)),
  );

/** What operators see. Nothing here signs. */
export function evmMoneys(gates: Reads, store: Numbers): Rails<RailMoney> {
  const tokens = once(async (network: EvmNetwork) =>
    connectEvm(await readEvmConfig(network, gates, store)),
  );
  const ether = once(async (network: EvmNetwork) =>
    connectEther(await readEvmConfig(network, gates, store)),
  );
  return byAsset(
    async (route) => {
      const network = etherNetwork(route);
      const { treasury } = evmOurs(network);
      const payer = treasury.toLowerCase();
      const given = () => store.nextNumber({ network, address: payer });
      return etherMoney(treasury, () => ether(network), given);
    },
    async (route) => {
      const network = tokenNetwork(route);
      return evmMoney(() => tokens(network), evmOurs(network), lanesOf);
    },
  );
}
