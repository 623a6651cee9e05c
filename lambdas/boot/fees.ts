/** What a payout costs on each network. Each kind of chain joins here, and is connected when it is asked for. */
import type { Gates } from '../core/breakers/gates.ts';
import { type ChainKind, kindOf } from '../core/kernel/networks.ts';
import type { FeeEstimates } from '../core/payout/fee-estimate.ts';
import type { Store } from '../core/store/store.ts';
import { bitcoinFees } from './fees-bitcoin.ts';
import { evmFees } from './fees-evm.ts';
import { solanaFees } from './fees-solana.ts';
import { inService } from './networks.ts';

export function bootFees(
  gates: Pick<Gates, 'pass'>,
  store: Pick<Store, 'nextNumber'>,
): FeeEstimates {
  const kinds: Record<ChainKind, FeeEstimates> = {
    evm: evmFees(gates, store),
    solana: solanaFees(gates, store),
    bitcoin: bitcoinFees(gates, store),
  };
  return async (route) => kinds[kindOf(inService(route.network))](route);
}
