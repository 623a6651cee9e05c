/**
 * Another carrier for a payout that is not on chain. The gas nonce only orders a lane. A new carrier keeps the one it has
 * until the chain has used that: a nonce that is left behind unused has nobody who sends it again, and everything after
 * it in the lane would wait for ever. Where it has to be left behind, because the lane has no ether, it is filled later.
 */
import { expired } from '../../effect/verdict.ts';
import { UnavailableError } from '../../kernel/errors.ts';
import { payoutStuckMs } from '../../kernel/limits.ts';
import type { Replacement, Standing } from '../../payout/rail.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import type { Authorization, EvmAttempt } from './attempt.ts';
import {
  type Carrying,
  carriedAnew,
  elsewhere,
  type Last,
  type Own,
  renewed,
  signedAnew,
} from './carry.ts';
import type { Chain, GasPrice } from './chain.ts';
import { fillGap, type Gap, type Visit } from './gaps.ts';
import { carrierWaitMaxMs, carrierWaitMinMs, payoutLostMs, payoutUnansweredMs } from './limits.ts';
import { raised, raisedOrAnew } from './outbid.ts';
import type { SigningWorld } from './sign.ts';

/**
 * A carrier that can succeed where this one cannot. `null`: there is nothing to be bettered now. A reason: there is, and it cannot
 * be had.
 */
export async function replacementFor(
  world: SigningWorld,
  chain: Chain,
  visit: Visit,
  { evm: own, attempt }: Own,
  standing: Standing,
  lastOf: () => Promise<Last>,
): Promise<Replacement | WaitReason | null> {
  const { number, createdAt } = attempt;
  const waited = world.clock.now() - createdAt;
  if (standing.is === 'pending' && waited <= payoutStuckMs) return null;
  if (standing.is === 'unanswered' && waited <= payoutUnansweredMs * 2 ** (number - 1)) return null;
  const last = await lastOf();
  const price = await visit.price();
  const carry = (change: Carrying) => carriedAnew(world, chain, price, last, change);
  /** What a node does not take of many it may take of one. The others go alone when its nonce is gone. */
  const carryAlone = (change: Carrying) =>
    carriedAnew(world, chain, price, { ...last, others: [] }, change);
  const { from: lane, nonce, fees: before } = own.carrier;
  const lanes = await world.signer.lanes();
  /** A gap that is filled is waited for, and nobody waits in a lane that is dry, or for long where there is another. */
  const behind = async (gap: Gap) =>
    gap === 'dry' || (gap === 'far' && lanes.length > 1)
      ? elsewhere(world, chain, price, last)
      : null;
  // A lane whose key was taken away: nobody can send from it any more.
  if (!lanes.includes(lane)) return elsewhere(world, chain, price, last);
  if (standing.is === 'pending') {
    // An earlier nonce of the lane never reached the chain and holds up all behind it.
    const gap = await fillGap(world, chain, visit, own.carrier, waited);
    if (gap !== 'none') return behind(gap);
    const latest = await chain.transactionCount(lane);
    // A chain may as well stand still: each time after twice as long, so that the fee grows slower than the time.
    const isLost = nonce === latest && waited > payoutLostMs * 2 ** (number - 1);
    return isLost || price.maxFeePerGas > before.maxFeePerGas
      ? carry({ fees: raised(own, price), nonce: 'same' })
      : null;
  }
  if (standing.is === 'unanswered') {
    // Whatever the node says, the chain knows whether the nonce is used up: others behind it may have filled it.
    const latest = await chain.transactionCount(lane);
    if (nonce < latest)
      return (await isSpentByNow(chain, own)) ? null : carry({ fees: price, nonce: 'next' });
    const gap = await fillGap(world, chain, visit, own.carrier, waited, 'missing');
    if (gap !== 'none') return behind(gap);
    return carry({ fees: raisedOrAnew(own, price, number, waited), nonce: 'same' });
  }
  switch (standing.code) {
    case 'underpriced':
      return carry({ fees: raised(own, price), nonce: 'same' });
    case 'gas-too-low': // The gas is estimated anew. Another node may have taken these bytes, so they are outbid, less and less often.
      if (number > 1 && waited < carrierWaitMs(number)) return null;
      return carryAlone({ fees: raisedOrAnew(own, price, number, waited), nonce: 'same' });
    case 'nonce-gap':
      if (waited <= payoutStuckMs) return null;
      return behind(await fillGap(world, chain, visit, own.carrier, waited, 'missing'));
    case 'too-dear':
      // Of a batch the whole was too dear: each alone is not.
      return price.maxFeePerGas < before.maxFeePerGas || own.contract !== undefined
        ? carryAlone({ fees: price, nonce: 'same' })
        : null;
    case 'unfunded':
      // Signed when gas was dear: no node has these bytes, and as soon as it is cheaper others are paid for.
      return (price.maxFeePerGas < before.maxFeePerGas || own.contract !== undefined) &&
        (await canPay(chain, lane, own, price))
        ? carryAlone({ fees: price, nonce: 'same' })
        : elsewhere(world, chain, price, last);
    case expired:
      return renewed(world, chain, price, last, raisedOrAnew(own, price, number, waited));
    case 'nonce-used':
      // Mined, and it did nothing: each costs gas, whatever the reason.
      if (number > 1 && waited < carrierWaitMs(number)) return null;
      return carry({ fees: price, nonce: 'next' });
    default:
      return carry({ fees: price, nonce: 'next' });
  }
}

/** Whether its own nonce at the token is used by now: a block may have come since it was looked for. What the node does not say is no. */
export async function isSpentByNow(
  chain: Pick<Chain, 'spent'>,
  { authorization: { from, nonce } }: EvmAttempt,
): Promise<boolean> {
  try {
    return (await chain.spent(from, [nonce])).get(nonce) === true;
  } catch (error) {
    if (error instanceof UnavailableError) return false;
    throw error;
  }
}

/** Whether the lane has ether for it at this price; who does not say is taken at the lane's best. */
async function canPay(
  chain: Chain,
  lane: EvmAttempt['carrier']['from'],
  own: EvmAttempt,
  { maxFeePerGas }: GasPrice,
): Promise<boolean> {
  const [wei, gas] = await Promise.all([chain.etherOf(lane), chain.gasFor(lane, own)]);
  return wei === null || gas === null || gas * maxFeePerGas <= wei;
}

export const carrierWaitMs = (number: number): number =>
  Math.min(carrierWaitMinMs * 2 ** (number - 2), carrierWaitMaxMs);

/** The payer's cancellation of this payout's nonce, for which it takes the place of the last carrier if that is still there. */
export async function cancellationOf(
  world: SigningWorld,
  chain: Chain,
  visit: Visit,
  last: Last,
): Promise<Replacement | WaitReason> {
  const price = await visit.price();
  const { number, createdAt } = last.attempt;
  const fees = raisedOrAnew(last.evm, price, number, world.clock.now() - createdAt);
  const sign = (authorization: Authorization): Authorization => ({ ...authorization, ends: true });
  return signedAnew(world, chain, price, last, { sign, fees });
}
