/**
 * What a treasury has signed for and the chain has not decided yet. Each transaction that saves signed payouts promises their
 * sum in the same write, so no number of workers signs for more than there is; and it leaves a lot, by which the sum is
 * given back once the verdicts are known. Nothing else is written for it.
 */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Address, Network } from '../kernel/networks.ts';
import type { Instant } from '../kernel/time.ts';

/** Who pays an asset on a network. `payer` is in small letters. */
export type Treasury = { network: Network; token: Address; payer: Address };

/** In the asset's smallest unit. `height`: of the newest final payment that is taken off the sum; `null`: nothing ever was. */
export type Promised = { sum: bigint; height: number | null };

/** Payouts that were promised together. A lot is written once and deleted once. */
export type Lot = { at: Instant; id: string; payouts: ReadonlyMap<WithdrawalId, bigint> };
