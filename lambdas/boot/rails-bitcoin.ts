/** Builds the rails of Bitcoin. What it needs of a library is imported when it is first asked for (`await import`), and not before. */
import type { Gates } from '../core/breakers/gates.ts';
import type { Rail, Rails, RailView } from '../core/payout/rail.ts';
import type { PayoutRecord } from '../core/reconcile/run.ts';
import type { Store } from '../core/store/store.ts';
import { notConfigured } from './configured.ts';

/** What 5-confirm reads. */
export const bitcoinViews =
  (_gates: Gates, _store: Store): Rails<RailView> =>
  async () =>
    notConfigured('bitcoin');

/** What 4-broadcast pays on, with the keys. */
export const bitcoinRails =
  (_gates: Gates, _store: Store): Rails<Rail> =>
  async () =>
    notConfigured('bitcoin');

/** What reconciliation reads. */
export const bitcoinRecords =
  (_gates: Pick<Gates, 'pass'>, _store: Pick<Store, 'nextNumber'>): Rails<PayoutRecord> =>
  async () =>
    notConfigured('bitcoin');
