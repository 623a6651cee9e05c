/**
 * Fills nonces of a gas lane that nobody sends any more: they were never sent, lost by every node, or left behind when the
 * lane had no ether. Nothing of value is bound to a nonce alone: whatever payout had it takes another one.
 */

import type { Carrier } from './attempt.ts';
import type { Chain, GasPrice } from './chain.ts';
import type { Address } from './hex.ts';
import { laneAheadMax, laneFillsMax, laneStuckMs } from './limits.ts';
import type { SigningWorld } from './sign.ts';

/** `far`: so many are missing that it would take long to fill them, and much gas. */
export type Gap = 'none' | 'filled' | 'far' | 'dry';

/** What one visit has learned and done. */
export type Visit = {
  price(): Promise<GasPrice>;
  /** The lanes whose missing nonces were filled. */
  filled: Set<Address>;
  /** Those that have no ether even for that. */
  dry: Set<Address>;
};

/**
 * Whether a nonce below this one is missing. If so, it is filled, unless the lane is dry; once in a visit for each lane: with the
 * next ones, where the node counts what it has taken. `word` is what the node said of the bytes when they were offered.
 */
export async function fillGap(
  { signer }: Pick<SigningWorld, 'signer'>,
  chain: Chain,
  visit: Visit,
  { from, nonce }: Carrier,
  waited: number,
  word: 'missing' | 'nothing' = 'nothing',
): Promise<Gap> {
  const firstFree = async (): Promise<number | null> => {
    const pending = await chain.pendingCount(from);
    // A node without a mempool says what is in the chain, or nothing at all.
    if (pending !== null) return pending;
    return word === 'missing' || waited > laneStuckMs ? await chain.transactionCount(from) : null;
  };
  let missing = await firstFree();
  if (missing === null || missing >= nonce) return 'none';
  if (visit.dry.has(from)) return 'dry';
  const gap = nonce - missing > laneAheadMax ? 'far' : 'filled';
  if (visit.filled.has(from)) return gap;
  visit.filled.add(from);
  const { cap, ...fees } = await visit.price();
  if (fees.maxFeePerGas > cap) return gap;
  const gas = await chain.gasFor(from, null);
  for (let fills = 0; gas !== null && missing !== null && missing < nonce; fills += 1) {
    const filler = await signer.fill(chain, { from, nonce: missing, fees, gas });
    const reply = await chain.send(filler.raw, missing);
    if (reply === 'unfunded') {
      visit.dry.add(from);
      return 'dry';
    }
    if (reply !== 'accepted' || fills + 1 >= laneFillsMax) break;
    const before: number = missing;
    missing = await chain.pendingCount(from);
    if (missing !== null && missing <= before) break;
  }
  return gap;
}
