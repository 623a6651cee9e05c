/** What is offered for gas by a carrier that takes the place of another one. */
import type { Carrier, Fees } from './authorization.ts';

/** What was offered before. */
type Offered = { carrier: Carrier };

import type { GasPrice } from './chain.ts';
import { feeBumpPercent, payoutUnansweredMs } from './limits.ts';

/** Enough above the last carrier's fees for a node to replace it. */
export function raised({ carrier }: Offered, now: Fees): Fees {
  const bump = (old: bigint): bigint => (old * (100n + feeBumpPercent)) / 100n + 1n;
  const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
  return {
    maxFeePerGas: max(now.maxFeePerGas, bump(carrier.fees.maxFeePerGas)),
    maxPriorityFeePerGas: max(now.maxPriorityFeePerGas, bump(carrier.fees.maxPriorityFeePerGas)),
  };
}

/**
 * The same for bytes that nobody can use: they are too little, or too old. At the cap they cannot be outbid for ever; then others are
 * offered at the price of now, each time later, for by then no node need have the first.
 */
export function raisedOrAnew(own: Offered, now: GasPrice, number: number, waited: number): Fees {
  const fees = raised(own, now);
  return fees.maxFeePerGas > now.cap && waited > payoutUnansweredMs * number ? now : fees;
}
