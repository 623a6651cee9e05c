/** The proofs on which a withdrawal's money is given back. */
import type { Place } from '../kernel/networks.ts';

/**
 * Why a payout has not happened and never will. Money is given back on no other ground.
 *   never-sent  no payout was ever signed, and the same write closes the payout barrier so that none will be. USDC that
 *               was bought for the withdrawal meanwhile stays in our treasury
 *   refused     the same, and the on-ramp refused the only request that it had for this withdrawal, or gave back what
 *               it had taken (`returned`)
 *   cancelled   what its payout needs is used up on the chain, finally and without paying: by its cancellation, or by the payout
 *               itself, which failed there
 *   attested    never-sent, and two people said what became of our requests to others (core/operations/review.ts)
 */
export type Proof =
  | { proof: 'never-sent' }
  | { proof: 'refused'; code: string }
  | { proof: 'cancelled'; at: Pick<Place, 'block' | 'index'> }
  | { proof: 'attested'; by: readonly string[]; note: string };

/** Whether the withdrawal may be tried again: nothing that was asked for in its earlier round can still take effect. */
export function mayBegin({ proof }: Proof): boolean {
  switch (proof) {
    case 'never-sent':
    case 'refused':
      return true;
    case 'cancelled': // Its exclusive resource is used up for ever.
    case 'attested': // What was asked of others under its id may still be there.
      return false;
    default:
      return proof satisfies never;
  }
}
