/**
 * Signed payouts that are not on chain yet: a send that crashed, was lost, or is too cheap. The same bytes again, and
 * when they cannot succeed any more a new carrier for the same nonce of the treasury, saved as an attempt of its own.
 * None of this can pay twice: the token accepts the nonce once.
 */
import { nextNonce, type PayoutWorld, taken } from './broadcast.ts';
import type { Instant } from './ids.ts';
import {
  authorizationMarginSeconds,
  authorizationSeconds,
  feeBumpPercent,
  payoutStuckMs,
} from './limits.ts';
import type { PayoutAttempt } from './payout.ts';
import type { Chain, Change, Fees, Head } from './ports.ts';
import type { In } from './withdrawal.ts';

type Sent = In<'signed' | 'broadcast'>;

export async function carryOn(
  world: PayoutWorld,
  chain: Chain,
  sent: readonly Sent[],
): Promise<void> {
  if (sent.length === 0) return;
  const [head, fees] = await Promise.all([chain.head(), chain.fees()]);
  const lastAttempts = await Promise.all(
    sent.map(({ id, attempts }) => world.store.attempt(id, attempts)),
  );
  const spent = await chain.spent(lastAttempts.flatMap((one) => one?.authorization.nonce ?? []));
  // One after the other: each may take the next nonce of a lane.
  for (const [index, withdrawal] of sent.entries()) {
    const attempt = lastAttempts[index];
    if (attempt == null) throw new Error(`${withdrawal.id} has no attempt ${withdrawal.attempts}`);
    if (attempt.chainId !== chain.chainId || attempt.token !== chain.token)
      throw new Error(
        `${withdrawal.id} was signed for another chain or token than ${chain.network} is now`,
      );
    const decided = spent.has(attempt.authorization.nonce);
    await world.store.commit(
      decided
        ? accepted(chain, withdrawal, world.clock.now())
        : await again(world, chain, withdrawal, attempt, head, fees),
    );
  }
}

/** On chain already, by whichever carrier: from here 5-confirm reads the verdict. */
const accepted = (chain: Chain, withdrawal: Sent, now: Instant): Change[] =>
  withdrawal.stage === 'signed' ? taken(chain, withdrawal, 'already-known', now) : [];

async function again(
  world: PayoutWorld,
  chain: Chain,
  withdrawal: Sent,
  attempt: PayoutAttempt,
  head: Head,
  fees: Fees,
): Promise<Change[]> {
  const { signer, clock } = world;
  const lane = attempt.carrier.from;
  const chainSeconds = Math.floor(head.latestAt / 1_000);
  if (attempt.authorization.validBefore < chainSeconds + authorizationMarginSeconds)
    return newAttempt(world, chain, withdrawal, attempt, {
      fees,
      nonce: 'next',
      validBefore: chainSeconds + authorizationSeconds,
    });

  const reply = await chain.send(attempt.raw);
  const stuck = clock.now() - attempt.createdAt > payoutStuckMs;
  switch (reply) {
    case 'accepted':
    case 'already-known': {
      const { pending } = await chain.transactionCount(lane);
      if (stuck && pending < attempt.carrier.nonce) {
        // An earlier nonce of the lane never reached the chain and holds up all behind it. Nothing of value is bound
        // to a nonce alone: whatever payout had it takes another one.
        const filler = await signer.fill(chain, { from: lane, nonce: pending, fees });
        await chain.send(filler.raw);
      } else if (stuck && fees.maxFeePerGas > attempt.carrier.fees.maxFeePerGas)
        return newAttempt(world, chain, withdrawal, attempt, {
          fees: raised(attempt, fees),
          nonce: 'same',
        });
      return accepted(chain, withdrawal, clock.now());
    }
    case 'underpriced':
      return newAttempt(world, chain, withdrawal, attempt, {
        fees: raised(attempt, fees),
        nonce: 'same',
      });
    case 'nonce-used':
      return newAttempt(world, chain, withdrawal, attempt, { fees, nonce: 'next' });
    case 'unknown':
      return [];
    default:
      return reply satisfies never;
  }
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
