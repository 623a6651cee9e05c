/**
 * Another carrier for a payout that is not on chain. The gas nonce only orders a lane. A new carrier keeps the one it has
 * until the chain has used that: a nonce that is left behind unused has nobody who sends it again, and everything after
 * it in the lane would wait for ever. Where it has to be left behind, because the lane has no ether, it is filled later.
 */
import { expired } from '../../effect/verdict.ts';
import { payoutStuckMs } from '../../kernel/limits.ts';
import type { Address } from '../../kernel/networks.ts';
import type { Clock } from '../../kernel/world.ts';
import type { Replacement, Standing } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import { type Authorization, detailsOf, type EvmAttempt, type Fees } from './attempt.ts';
import type { Chain, GasPrice } from './chain.ts';
import { fillGap } from './gaps.ts';
import {
  authorizationSeconds,
  feeBumpPercent,
  payoutLostMs,
  payoutUnansweredMs,
} from './limits.ts';
import { nextNonce, payerOn, type SigningWorld } from './sign.ts';

export type ReplaceWorld = SigningWorld & { clock: Clock };

/** What one visit has learned and done. */
export type Visit = {
  price(): Promise<GasPrice>;
  /** The lanes whose missing nonces were filled. */
  filled: Set<Address>;
};

/** A carrier that can succeed where this one cannot; `null`: there is nothing to be bettered now. */
export async function replacementFor(
  world: ReplaceWorld,
  chain: Chain,
  visit: Visit,
  own: EvmAttempt,
  { number, createdAt }: PayoutAttempt,
  standing: Standing,
): Promise<Replacement | null> {
  const waited = world.clock.now() - createdAt;
  if (standing.is === 'pending' && waited <= payoutStuckMs) return null;
  if (standing.is === 'unanswered' && waited <= payoutUnansweredMs * 2 ** (number - 1)) return null;
  const price = await visit.price();
  const carry = (change: Change) => carriedAnew(world, chain, price, own, change);
  const { from: lane, nonce, fees: before } = own.carrier;
  const lanes = await world.signer.lanes();
  // A lane whose key was taken away: nobody can send from it any more.
  if (!lanes.includes(lane)) return elsewhere(world, chain, price, own);
  if (standing.is === 'pending') {
    // An earlier nonce of the lane never reached the chain and holds up all behind it.
    if (await fillGap(world, chain, visit, own.carrier, waited)) return null;
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
    if (nonce < latest) return carry({ fees: price, nonce: 'next' });
    if (await fillGap(world, chain, visit, own.carrier, waited, 'missing')) return null;
    return carry({ fees: raisedOrAnew(own, price, number, waited), nonce: 'same' });
  }
  switch (standing.code) {
    case 'underpriced':
      return carry({ fees: raised(own, price), nonce: 'same' });
    case 'gas-too-low': // The gas is estimated anew. Another node may have taken these bytes, so they are outbid.
      return carry({ fees: raisedOrAnew(own, price, number, waited), nonce: 'same' });
    case 'nonce-gap':
      if (waited > payoutStuckMs)
        await fillGap(world, chain, visit, own.carrier, waited, 'missing');
      return null;
    case 'too-dear':
      return price.maxFeePerGas < before.maxFeePerGas
        ? carry({ fees: price, nonce: 'same' })
        : null;
    case 'unfunded':
      // Signed when gas was dear: no node has these bytes, and as soon as it is cheaper others are paid for.
      return price.maxFeePerGas < before.maxFeePerGas
        ? carry({ fees: price, nonce: 'same' })
        : elsewhere(world, chain, price, own);
    case expired: {
      // Another payer's nonce is another one: nothing of the first may come to anything any more, and only the chain proves that.
      const payer = payerOn(chain);
      if (own.authorization.from !== payer && !(await chain.isDead(own.authorization))) return null;
      const head = await chain.head();
      const validBefore = Math.floor(head.latestAt / 1_000) + authorizationSeconds;
      const latest = await chain.transactionCount(lane);
      // Of the old bytes and the new ones on one nonce either may come first: expired, the old ones use it up and pay nothing.
      const renewed = { from: payer, validBefore };
      return nonce < latest
        ? carry({ fees: price, nonce: 'next', renewed })
        : carry({ fees: raisedOrAnew(own, price, number, waited), nonce: 'same', renewed });
    }
    default:
      return carry({ fees: price, nonce: 'next' });
  }
}

/** Enough above the last carrier's fees for a node to replace it. */
function raised({ carrier }: EvmAttempt, now: Fees): Fees {
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
function raisedOrAnew(own: EvmAttempt, now: GasPrice, number: number, waited: number): Fees {
  const fees = raised(own, now);
  return fees.maxFeePerGas > now.cap && waited > payoutUnansweredMs * number ? now : fees;
}

/** The same payout on the lane that has most, if that is enough; the nonce that is left behind is filled later (gaps.ts). */
async function elsewhere(
  world: SigningWorld,
  chain: Chain,
  price: GasPrice,
  own: EvmAttempt,
): Promise<Replacement | null> {
  const { from } = own.carrier;
  const others = (await world.signer.lanes()).filter((lane) => lane !== from);
  const ether = await Promise.all(others.map((lane) => chain.etherOf(lane)));
  let best: { lane: Address; wei: bigint } | null = null;
  for (const [index, lane] of others.entries()) {
    const wei = ether[index] ?? null;
    if (wei !== null && wei > (best?.wei ?? 0n)) best = { lane, wei };
  }
  if (best === null) return null;
  const gas = await chain.gasFor(best.lane, own);
  if (gas === null || gas * price.maxFeePerGas > best.wei) return null;
  return carriedAnew(world, chain, price, own, { fees: price, nonce: 'next', lane: best.lane });
}

type Change = {
  fees: Fees;
  nonce: 'same' | 'next';
  lane?: Address;
  /** With this it is signed again. */
  renewed?: Pick<Authorization, 'from' | 'validBefore'>;
};

/** `null`: it would be dearer than is allowed. */
async function carriedAnew(
  { store, signer }: SigningWorld,
  chain: Chain,
  { cap }: GasPrice,
  last: EvmAttempt,
  change: Change,
): Promise<Replacement | null> {
  if (change.fees.maxFeePerGas > cap) return null;
  const from = change.lane ?? last.carrier.from;
  const authorization = { ...last.authorization, ...change.renewed };
  const signature =
    change.renewed === undefined ? last.signature : await signer.authorize(chain, authorization);
  const gas = await chain.gasFor(from, { authorization, signature });
  if (gas === null) return null;
  const next = change.nonce === 'next' ? await nextNonce(store, chain, from) : null;
  const nonce = next?.start ?? last.carrier.nonce;
  const carrier = { from, nonce, fees: change.fees, gas };
  const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);
  const sequence = { network: chain.network, address: from };
  return {
    changes:
      next === null ? [] : [{ change: 'sequence', sequence, from: next.from, to: nonce + 1 }],
    details: detailsOf({ ...last, authorization, signature, carrier, raw, hash }),
    txId: hash,
    payer: authorization.from,
  };
}
