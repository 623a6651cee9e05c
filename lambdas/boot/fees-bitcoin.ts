/** What a payout on Bitcoin costs. */
import type { Gates } from '../core/breakers/gates.ts';
import type { FeeEstimates } from '../core/payout/fee-estimate.ts';
import type { Store } from '../core/store/store.ts';
import { notConfigured } from './configured.ts';

export const bitcoinFees =
  (_: Pick<Gates, 'pass'>, __: Pick<Store, 'nextNumber'>): FeeEstimates =>
  async ({ network }) =>
    notConfigured(network);
