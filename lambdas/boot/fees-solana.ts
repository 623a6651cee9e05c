/** What a payout on Solana costs, with the rent of a token account that may have to be made for it. */
import type { Gates } from '../core/breakers/gates.ts';
import type { FeeEstimates } from '../core/payout/fee-estimate.ts';
import type { Store } from '../core/store/store.ts';
import { solanaMoneys } from './rails-solana.ts';

export function solanaFees(
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): FeeEstimates {
  const moneyOf = solanaMoneys(gates, store);
  return async (route) => (await moneyOf(route)).feeOfPayout();
}
