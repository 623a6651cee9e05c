/**
 * What a treasury has signed for and the chain has not decided yet. Each transaction that saves signed payouts promises their
 * sum in the same write, so no number of workers signs for more than there is; and it names the payouts, by which the sum is
 * given back once the verdicts are known: beside the sum as long as they are few, and then together in a lot. Nothing else is
 * written for it.
 */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Address, Network } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';

/** Who pays an asset on a network. `payer` is in small letters. */
export type Treasury = { network: Network; token: Address; payer: Address };

export type Payouts = ReadonlyMap<WithdrawalId, bigint>;

/**
 * In the asset's smallest unit. `height`: of the newest final payment that is taken off the sum; `null`: nothing ever was.
 * `payouts`: those that are named beside the sum, and in no lot.
 */
export type Promised = { sum: bigint; height: number | null; payouts: Payouts };

/** Payouts that were promised, many in one item. A lot is written once and deleted once. */
export type Lot = { at: Instant; id: string; payouts: Payouts };
