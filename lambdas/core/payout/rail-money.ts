/**
 * What operators see of a route's money, in no chain's words: a treasury that pays, and who pays the chain's fees. What is asked of the
 * chain here reads only, and throws UnavailableError when the chain does not answer as it should.
 */
import type { Asset } from '../kernel/money.ts';
import type { Address } from '../kernel/networks.ts';
import type { PayoutAttempt } from '../store/attempt.ts';

export type RailMoney = {
  asset: Asset;
  /** Ours, whatever the chain says or does not say: who funds it needs it most while a node is away. */
  treasury: Address;
  /** What the treasury finally has of the asset, in its smallest unit. */
  balance(): Promise<bigint>;
  /** Decimals of the coin that fees are paid in. */
  feeDecimals: number;
  /** Who pays the fees, where that is not the asset itself; `null`: nobody but who signs may read who they are. */
  feePayers(): Promise<readonly Address[] | null>;
  /** How such an address is written for people, where numbers are kept by another form of it. */
  shown?(payer: Address): Address;
  /**
   * What a payer of fees has, and how many of the numbers that it gives its transactions the chain has used. `null`: the node
   * does not say, or there are no such numbers.
   */
  feePayer(address: Address): Promise<{ balance: bigint | null; used: number | null }>;
  /** What one payout costs at most at the price of now, in the smallest unit of that coin. */
  feeOfPayout(): Promise<bigint>;
  /** Who pays the fees of these bytes, and under which of its numbers; `null` where there are none. */
  carrierOf(attempt: PayoutAttempt): { from: Address; nonce: number } | null;
  /** The contract by which payouts share one submission, as the settings name it; `null`: they name none. */
  payoutContract: Address | null;
  /** Whether payouts that wait together share one submission, and why not; `null`: they never do on this route. */
  together(): Promise<Together | null>;
  /** How many payouts may be signed at one time, where that is bounded by something that is made beforehand; `null`: it is not. */
  slots(): Promise<{ total: number; free: number } | null>;
};

export type Together = { address: Address | null; inUse: boolean; why: string | null };
