/** On what ground money is given back. */
import type { Place } from '../kernel/networks.ts';

/**
 * Why a payout can never have happened and never will. There is no other ground for giving money back.
 *   never-sent  no payout was ever signed, and the same write closes the barrier so that none will be. USDC that was
 *               bought for it meanwhile stays in our treasury
 *   refused     the same, and the on-ramp said no to the only request that it had for this withdrawal, or gave back
 *               what it had taken (`returned`)
 *   cancelled   the chain's own word is final that its payout was cancelled
 *   attested    never-sent, and two people have said what became of what we had asked of others (operations/review.ts)
 */
export type Proof =
  | { proof: 'never-sent' }
  | { proof: 'refused'; code: string }
  | { proof: 'cancelled'; at: Pick<Place, 'block' | 'index'> }
  | { proof: 'attested'; by: readonly string[]; note: string };

/** Whether a new round is safe: nothing of the one before can come to anything. */
export function mayBegin({ proof }: Proof): boolean {
  switch (proof) {
    case 'never-sent':
    case 'refused':
      return true;
    case 'cancelled': // Its exclusive resource is used up for ever.
    case 'attested': // What was asked of others may still be there, under its id.
      return false;
    default:
      return proof satisfies never;
  }
}
