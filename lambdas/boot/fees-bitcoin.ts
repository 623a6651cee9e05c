/** What a payout on Bitcoin costs. */
import type { Gates } from '../core/breakers/gates.ts';
import type { FeeEstimates } from '../core/payout/fee-estimate.ts';
import type { Store } from '../core/store/store.ts';
import { bitcoinMoneys } from './rails-bitcoin.ts';

export function bitcoinFees(
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): FeeEstimates {
  const moneyOf = bitcoinMoneys(gates, store);
  return async (route) => (await moneyOf(route)).feeOfPayout();
}
