/** How the nodes of all networks are probed, and where it is seen what the on-ramp has paid. Each kind of chain joins here. */
import type { Gates } from '../core/breakers/gates.ts';
import { readingFrom, sendingTo } from '../core/breakers/names.ts';
import { isEvmNetwork, type Network } from '../core/kernel/networks.ts';
import type { Arrivals } from '../core/on-ramp/arrival.ts';
import type { Store } from '../core/store/store.ts';
import { gatesWith, type Probes } from './gates.ts';
import { inService, payableNetworks } from './networks.ts';
import { probeBitcoin } from './nodes-bitcoin.ts';
import { arrivalsOnEvm, probeEvm } from './nodes-evm.ts';
import { arrivalsOnSolana, probeSolana } from './nodes-solana.ts';

const probeOf = (network: Network): Probes[string] =>
  isEvmNetwork(network) ? probeEvm(network) : network === 'solana' ? probeSolana() : probeBitcoin();

export const nodeProbes = (): Probes =>
  Object.fromEntries(
    payableNetworks().flatMap((network) => {
      const probe = probeOf(network);
      return [
        [readingFrom(network), probe],
        [sendingTo(network), probe],
      ];
    }),
  );

/** Where it is seen what the on-ramp has paid, which pays USDC. */
export function bootArrivals(
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Arrivals {
  const evm = arrivalsOnEvm(gates, store);
  const solana = arrivalsOnSolana(gates, store);
  return {
    treasury: (network) =>
      isEvmNetwork(network)
        ? evm.treasury(inService(network))
        : solana.treasury(inService(onSolana(network))),
    of: async (network, txId, payee) =>
      isEvmNetwork(network)
        ? evm.of(inService(network), txId, payee)
        : solana.of(inService(onSolana(network)), txId, payee),
  };
}

function onSolana(network: Network): 'solana' {
  if (network !== 'solana') throw new Error(`the on-ramp pays nothing on ${network}`);
  return network;
}

export const bootNodeGates = (): Gates => gatesWith(nodeProbes());
