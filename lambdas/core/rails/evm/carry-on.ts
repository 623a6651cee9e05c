/**
 * Signed payouts that are not on chain yet: a send that crashed, was lost, or is too cheap. The same bytes again, and
 * when they cannot succeed any more a new carrier for the same nonce of the treasury, saved as an attempt of its own.
 * None of this can pay twice: the token accepts the nonce once, whichever of its attempts comes first.
 *
 * The gas nonce only orders a lane. A new attempt keeps the one it has until the chain has used that: a nonce that is
 * left behind unused has nobody who sends it again, and everything after it in the lane would wait for ever.
 */

import { type Ended, lookUpAndSend } from '../../effect/effect.ts';
import { expired } from '../../effect/verdict.ts';
import {
  authorizationSeconds,
  feeBumpPercent,
  payoutLostMs,
  payoutStuckMs,
} from '../../kernel/limits.ts';
import type { Fees, PayoutAttempt } from '../../store/attempt.ts';
import type { Change } from '../../store/change.ts';
import type { Chain, Head } from './chain.ts';
import { type Payout, payoutEffect, payoutOf, type Sent, type Taken } from './payout-effect.ts';
import { nextNonce, type PayoutWorld } from './sign.ts';

export async function carryOn(
  world: PayoutWorld,
  chain: Chain,
  sent: readonly Sent[],
): Promise<void> {
  if (sent.length === 0) return;
  const [head, fees] = await Promise.all([chain.head(), chain.fees()]);
  const items = await Promise.all(
    sent.map(async (withdrawal) => {
      const attempt = await world.store.attempt(withdrawal.id, withdrawal.attempts);
      if (attempt === null)
        throw new Error(`${withdrawal.id} has no attempt ${withdrawal.attempts}`);
      if (attempt.chainId !== chain.chainId || attempt.token !== chain.token)
        throw new Error(
          `${withdrawal.id} was signed for another chain or token than ${chain.network} is now`,
        );
      return payoutOf(withdrawal, attempt);
    }),
  );
  // One after the other: each may take the next nonce of a lane.
  for (const ended of await lookUpAndSend(world, payoutEffect(chain, head, world.clock), items))
    await world.store.commit(await again(world, chain, ended, head, fees));
}

/** What the bytes need to succeed after all, if anything. */
async function again(
  world: PayoutWorld,
  chain: Chain,
  { item: { withdrawal, attempt }, end }: Ended<Payout, Taken>,
  head: Head,
  fees: Fees,
): Promise<Change[]> {
  const newBytes = (change: Parameters<typeof newAttempt>[4]) =>
    newAttempt(world, chain, withdrawal, attempt, change);
  switch (end.is) {
    case 'taken':
      // What has become `broadcast` just now is looked at again when it is stuck as that.
      return end.value === 'by-a-node' && withdrawal.stage === 'broadcast'
        ? unstuck(world, chain, { withdrawal, attempt }, fees)
        : [];
    case 'not-made': {
      if (end.code === 'underpriced')
        return newBytes({ fees: raised(attempt, fees), nonce: 'same' });
      // Signed when gas was dear: no node has these bytes, and as soon as it is cheaper others are paid for.
      if (end.code === 'unfunded')
        return fees.maxFeePerGas < attempt.carrier.fees.maxFeePerGas
          ? newBytes({ fees, nonce: 'same' })
          : [];
      if (end.code !== expired) return newBytes({ fees, nonce: 'next' });
      const validBefore = Math.floor(head.latestAt / 1_000) + authorizationSeconds;
      const { from, nonce } = attempt.carrier;
      const { latest } = await chain.transactionCount(from);
      // Of the old bytes and the new ones on one nonce either may come first: expired, the old ones use it up and pay nothing.
      return nonce < latest
        ? newBytes({ fees, nonce: 'next', validBefore })
        : newBytes({ fees: raised(attempt, fees), nonce: 'same', validBefore });
    }
    case 'not-sent':
    case 'waiting':
    case 'for-a-person':
      return [];
    default:
      return end satisfies never;
  }
}

/**
 * A node has it, and the chain has not: for long, either an earlier nonce of the lane is missing, or the fee is too low, or
 * this node alone has the bytes, and others get none but new ones.
 */
async function unstuck(
  world: PayoutWorld,
  chain: Chain,
  { withdrawal, attempt }: Pick<Payout, 'withdrawal' | 'attempt'>,
  fees: Fees,
): Promise<Change[]> {
  const waited = world.clock.now() - attempt.createdAt;
  if (waited <= payoutStuckMs) return [];
  const { from: lane, nonce, fees: before } = attempt.carrier;
  const { latest, pending } = await chain.transactionCount(lane);
  if (pending < nonce) {
    // An earlier nonce of the lane never reached the chain and holds up all behind it. Nothing of value is bound
    // to a nonce alone: whatever payout had it takes another one.
    const filler = await world.signer.fill(chain, { from: lane, nonce: pending, fees });
    await chain.send(filler.raw);
    return [];
  }
  // A chain may as well stand still: each time after twice as long, so that the fee grows slower than the time.
  const isLost = nonce === latest && waited > payoutLostMs * 2 ** (attempt.number - 1);
  return isLost || fees.maxFeePerGas > before.maxFeePerGas
    ? newAttempt(world, chain, withdrawal, attempt, { fees: raised(attempt, fees), nonce: 'same' })
    : [];
}

/** Enough above the last attempt's fees for a node to replace it. */
function raised({ carrier }: PayoutAttempt, now: Fees): Fees {
  const bump = (old: bigint): bigint => (old * (100n + feeBumpPercent)) / 100n + 1n;
  const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
  return {
    maxFeePerGas: max(now.maxFeePerGas, bump(carrier.fees.maxFeePerGas)),
    maxPriorityFeePerGas: max(now.maxPriorityFeePerGas, bump(carrier.fees.maxPriorityFeePerGas)),
  };
}

/** Saves another carrier for the same payout; the next visit sends it. */
async function newAttempt(
  { store, signer, clock }: PayoutWorld,
  chain: Chain,
  withdrawal: Sent,
  last: PayoutAttempt,
  change: { fees: Fees; nonce: 'same' | 'next'; validBefore?: number },
): Promise<Change[]> {
  const lane = { network: chain.network, address: last.carrier.from };
  const next = change.nonce === 'next' ? await nextNonce(store, chain, lane) : null;
  const carrier = {
    from: lane.address,
    nonce: next?.start ?? last.carrier.nonce,
    fees: change.fees,
  };
  const authorization =
    change.validBefore === undefined
      ? last.authorization
      : { ...last.authorization, validBefore: change.validBefore };
  const signature =
    change.validBefore === undefined
      ? last.signature
      : await signer.authorize(chain, authorization);
  const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);
  const number = last.number + 1;
  const now = clock.now();
  const attempt: PayoutAttempt = {
    ...last,
    number,
    authorization,
    signature,
    carrier,
    raw,
    hash,
    createdAt: now,
  };
  const to = {
    ...withdrawal,
    version: withdrawal.version + 1,
    updatedAt: now,
    attempts: number,
    txHash: hash,
  };
  return [
    ...(next === null
      ? []
      : [{ change: 'lane', lane, from: next.from, to: next.start + 1 } as const]),
    { change: 'attempt', attempt },
    { change: 'withdrawal', from: withdrawal, to },
  ];
}
