/**
 * The one registry of rails: which rail pays an asset on a network. Each kind of chain has a file of its own, which connects
 * when a withdrawal asks for it and not before, so a rail that is not configured, or is wrongly, touches no other.
 */
import type { Gates } from '../core/breakers/gates.ts';
import { type ChainKind, kindOf } from '../core/kernel/networks.ts';
import type { Rail, Rails, RailView } from '../core/payout/rail.ts';
import type { RailMoney } from '../core/payout/rail-money.ts';
import type { PayoutRecord } from '../core/reconcile/run.ts';
import type { Store } from '../core/store/store.ts';
import { brokerageProbes } from './brokerage.ts';
import { gatesWith } from './gates.ts';
import { inService } from './networks.ts';
import { nodeProbes } from './nodes.ts';
import { bitcoinMoneys, bitcoinRails, bitcoinRecords, bitcoinViews } from './rails-bitcoin.ts';
import { evmMoneys, evmRails, evmRecords, evmViews } from './rails-evm.ts';
import { solanaMoneys, solanaRails, solanaRecords, solanaViews } from './rails-solana.ts';

/** The breakers of 4-broadcast, which also asks the brokerage whether the cash is still there. */
export const bootPayoutGates = async (): Promise<Gates> =>
  gatesWith({ ...(await brokerageProbes()), ...nodeProbes() });

const byKind =
  <R>(kinds: Record<ChainKind, Rails<R>>): Rails<R> =>
  async (route) =>
    kinds[kindOf(inService(route.network))](route);

/** The views from which 5-confirm reads verdicts. Each chain is asked once which one it is. */
export const bootRailViews = (gates: Gates, store: Store): Rails<RailView> =>
  byKind({
    evm: evmViews(gates, store),
    solana: solanaViews(gates, store),
    bitcoin: bitcoinViews(gates, store),
  });

/** The rails on which 4-broadcast pays, with the keys. */
export const bootRails = (gates: Gates, store: Store): Rails<Rail> =>
  byKind({
    evm: evmRails(gates, store),
    solana: solanaRails(gates, store),
    bitcoin: bitcoinRails(gates, store),
  });

/** What reconciliation reads of each chain. */
export const bootRecords = (
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Rails<PayoutRecord> =>
  byKind({
    evm: evmRecords(gates, store),
    solana: solanaRecords(gates, store),
    bitcoin: bitcoinRecords(gates, store),
  });

/** What operators see of each route's money. */
export const bootMoneys = (
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): Rails<RailMoney> =>
  byKind({
    evm: evmMoneys(gates, store),
    solana: solanaMoneys(gates, store),
    bitcoin: bitcoinMoneys(gates, store),
  });
