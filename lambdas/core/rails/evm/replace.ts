/**
 * Another carrier for a payout that is not on chain. The gas nonce only orders a lane. A new carrier keeps the one it has
 * until the chain has used that: a nonce that is left behind unused has nobody who sends it again, and everything after
 * it in the lane would wait for ever.
 */
import { expired } from '../../effect/verdict.ts';
import { payoutStuckMs } from '../../kernel/limits.ts';
import type { Clock } from '../../kernel/world.ts';
import type { Replacement, Standing } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import { type Authorization, detailsOf, type EvmAttempt, type Fees } from './attempt.ts';
import type { Chain } from './chain.ts';
import { authorizationSeconds, feeBumpPercent, payoutLostMs } from './limits.ts';
import { nextNonce, payerOn, type SigningWorld } from './sign.ts';

export type ReplaceWorld = SigningWorld & { clock: Clock };

/** A carrier that can succeed where this one cannot; `null`: there is nothing to be bettered now. */
export async function replacementFor(
  world: ReplaceWorld,
  chain: Chain,
  feesNow: () => Promise<Fees>,
  own: EvmAttempt,
  { number, createdAt }: PayoutAttempt,
  standing: Standing,
): Promise<Replacement | null> {
  const carry = (change: Parameters<typeof carriedAnew>[3]) =>
    carriedAnew(world, chain, own, change);
  if (standing.is === 'pending') {
    const waited = world.clock.now() - createdAt;
    if (waited <= payoutStuckMs) return null;
    const { from: lane, nonce, fees: before } = own.carrier;
    const fees = await feesNow();
    const { latest, pending } = await chain.transactionCount(lane);
    if (pending < nonce) {
      // An earlier nonce of the lane never reached the chain and holds up all behind it. Nothing of value is bound
      // to a nonce alone: whatever payout had it takes another one.
      const filler = await world.signer.fill(chain, { from: lane, nonce: pending, fees });
      await chain.send(filler.raw);
      return null;
    }
    // A chain may as well stand still: each time after twice as long, so that the fee grows slower than the time.
    const isLost = nonce === latest && waited > payoutLostMs * 2 ** (number - 1);
    return isLost || fees.maxFeePerGas > before.maxFeePerGas
      ? carry({ fees: raised(own, fees), nonce: 'same' })
      : null;
  }
  const fees = await feesNow();
  switch (standing.code) {
    case 'underpriced':
      return carry({ fees: raised(own, fees), nonce: 'same' });
    case 'unfunded':
      // Signed when gas was dear: no node has these bytes, and as soon as it is cheaper others are paid for.
      return fees.maxFeePerGas < own.carrier.fees.maxFeePerGas
        ? carry({ fees, nonce: 'same' })
        : null;
    case expired: {
      // Another payer's nonce is another one: nothing of the first may come to anything any more, and only the chain proves that.
      const payer = payerOn(chain);
      if (own.authorization.from !== payer && !(await chain.isDead(own.authorization))) return null;
      const head = await chain.head();
      const validBefore = Math.floor(head.latestAt / 1_000) + authorizationSeconds;
      const { latest } = await chain.transactionCount(own.carrier.from);
      // Of the old bytes and the new ones on one nonce either may come first: expired, the old ones use it up and pay nothing.
      return own.carrier.nonce < latest
        ? carry({ fees, nonce: 'next', renewed: { from: payer, validBefore } })
        : carry({ fees: raised(own, fees), nonce: 'same', renewed: { from: payer, validBefore } });
    }
    default:
      return carry({ fees, nonce: 'next' });
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

async function carriedAnew(
  { store, signer }: SigningWorld,
  chain: Chain,
  last: EvmAttempt,
  change: {
    fees: Fees;
    nonce: 'same' | 'next';
    /** With this it is signed again. */
    renewed?: Pick<Authorization, 'from' | 'validBefore'>;
  },
): Promise<Replacement> {
  const { from } = last.carrier;
  const next = change.nonce === 'next' ? await nextNonce(store, chain, from) : null;
  const nonce = next?.start ?? last.carrier.nonce;
  const carrier = { from, nonce, fees: change.fees };
  const authorization = { ...last.authorization, ...change.renewed };
  const signature =
    change.renewed === undefined ? last.signature : await signer.authorize(chain, authorization);
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
