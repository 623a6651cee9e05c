/** The port of the rows that say which payout an output of a treasury is bound to. They are written once, and never deleted. */
import type { WithdrawalId } from '../kernel/ids.ts';
import type { Network } from '../kernel/networks.ts';

export type BoundOutputs = {
  /** The payouts that these are bound to; those that are bound to none are missing. */
  owners(
    network: Network,
    outpoints: readonly string[],
  ): Promise<ReadonlyMap<string, WithdrawalId>>;
};
