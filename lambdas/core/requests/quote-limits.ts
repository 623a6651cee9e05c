/** What a quote says of time. All are our own estimates, and documented as such. */
import type { PayIn } from '../store/conversion-record.ts';

/** How long a quote is good that has no conversion in it: the price of gas may be another in the next minute. */
export const quoteLifeMs = 60_000;
/** What our own steps take of a payout's time. */
export const stepsSeconds = 5;
/** How long dollars usually take to become USDC, by the way on which they reach the on-ramp. */
export const conversionSeconds: Readonly<Record<PayIn, number>> = {
  ach: 10 * 60,
  wire: 4 * 3600,
  'virtual-account': 4 * 3600,
};
/** The timeout of the function: a breaker may have to be probed, which asks the on-ramp for a list, before a quote is asked for. */
export const quoteTimeoutSeconds = 28;
/** A node that does not say within this which chain it is of is left out of the list of networks for now. */
export const chainIdPatienceMs = 2_000;
