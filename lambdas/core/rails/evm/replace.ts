/**
 * Another carrier for a payout that is not on chain. The gas nonce only orders a lane. A new carrier keeps the one it has
 * until the chain has used that: a nonce that is left behind unused has nobody who sends it again, and everything after
 * it in the lane would wait for ever. Where it has to be left behind, because the lane has no ether, it is filled later.
 */
import { expired } from '../../effect/verdict.ts';
import type { WithdrawalId } from '../../kernel/ids.ts';
import { payoutStuckMs } from '../../kernel/limits.ts';
import type { Address } from '../../kernel/networks.ts';
import type { Replacement, Standing } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Change } from '../../store/change.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import { type Authorization, detailsOf, type EvmAttempt, type Fees } from './attempt.ts';
import type { Chain, GasPrice } from './chain.ts';
import { fundsOf } from './funds.ts';
import { fillGap, type Gap, type Visit } from './gaps.ts';
import {
  authorizationSeconds,
  carrierWaitMaxMs,
  carrierWaitMinMs,
  payoutLostMs,
  payoutUnansweredMs,
} from './limits.ts';
import { raised, raisedOrAnew } from './outbid.ts';
import { nextNonce, payerOn, type SigningWorld } from './sign.ts';

/**
 * A carrier that can succeed where this one cannot. `null`: there is nothing to be bettered now. A reason: there is, and it cannot
 * be had.
 */
export async function replacementFor(
  world: SigningWorld,
  chain: Chain,
  visit: Visit,
  own: EvmAttempt,
  { withdrawalId, number, createdAt }: PayoutAttempt,
  standing: Standing,
): Promise<Replacement | WaitReason | null> {
  const waited = world.clock.now() - createdAt;
  if (standing.is === 'pending' && waited <= payoutStuckMs) return null;
  if (standing.is === 'unanswered' && waited <= payoutUnansweredMs * 2 ** (number - 1)) return null;
  const price = await visit.price();
  const carry = (change: Carrying) => carriedAnew(world, chain, price, own, change);
  /** A gap that is filled is waited for, and nobody waits in a lane that is dry. */
  const behind = async (gap: Gap) => (gap === 'dry' ? elsewhere(world, chain, price, own) : null);
  const { from: lane, nonce, fees: before } = own.carrier;
  const lanes = await world.signer.lanes();
  // A lane whose key was taken away: nobody can send from it any more.
  if (!lanes.includes(lane)) return elsewhere(world, chain, price, own);
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
    if (nonce < latest) return carry({ fees: price, nonce: 'next' });
    const gap = await fillGap(world, chain, visit, own.carrier, waited, 'missing');
    if (gap !== 'none') return behind(gap);
    return carry({ fees: raisedOrAnew(own, price, number, waited), nonce: 'same' });
  }
  switch (standing.code) {
    case 'underpriced':
      return carry({ fees: raised(own, price), nonce: 'same' });
    case 'gas-too-low': // The gas is estimated anew. Another node may have taken these bytes, so they are outbid, less and less often.
      if (number > 1 && waited < carrierWaitMs(number)) return null;
      return carry({ fees: raisedOrAnew(own, price, number, waited), nonce: 'same' });
    case 'nonce-gap':
      if (waited <= payoutStuckMs) return null;
      return behind(await fillGap(world, chain, visit, own.carrier, waited, 'missing'));
    case 'too-dear':
      return price.maxFeePerGas < before.maxFeePerGas
        ? carry({ fees: price, nonce: 'same' })
        : null;
    case 'unfunded':
      // Signed when gas was dear: no node has these bytes, and as soon as it is cheaper others are paid for.
      return price.maxFeePerGas < before.maxFeePerGas && (await canPay(chain, lane, own, price))
        ? carry({ fees: price, nonce: 'same' })
        : elsewhere(world, chain, price, own);
    case expired: {
      // Another payer's nonce is another one: nothing of the first may come to anything any more, and only the chain proves that.
      const payer = payerOn(chain);
      if (own.authorization.from !== payer && !(await chain.isDead(own.authorization))) return null;
      const head = await chain.head();
      const validBefore = Math.floor(head.latestAt / 1_000) + authorizationSeconds;
      // Of the old bytes and the new ones on one nonce either may come first: expired, the old ones use it up and pay nothing.
      const renewed = { ...own.authorization, from: payer, validBefore };
      const promises = await promisesOf(world, chain, own.authorization, renewed, withdrawalId);
      const fees = raisedOrAnew(own, price, number, waited);
      return promises === null
        ? 'treasury-short'
        : signedAnew(world, chain, price, own, { authorization: renewed, promises, fees });
    }
    case 'nonce-used':
      // Mined, and it did nothing: each costs gas, whatever the reason.
      if (number > 1 && waited < carrierWaitMs(number)) return null;
      return carry({ fees: price, nonce: 'next' });
    default:
      return carry({ fees: price, nonce: 'next' });
  }
}

/** Whether the lane has ether for it at this price; who does not say is taken at the lane's best. */
async function canPay(
  chain: Chain,
  lane: Address,
  own: EvmAttempt,
  { maxFeePerGas }: GasPrice,
): Promise<boolean> {
  const [wei, gas] = await Promise.all([chain.etherOf(lane), chain.gasFor(lane, own)]);
  return wei === null || gas === null || gas * maxFeePerGas <= wei;
}

const carrierWaitMs = (number: number): number =>
  Math.min(carrierWaitMinMs * 2 ** (number - 2), carrierWaitMaxMs);

/** The payer's cancellation of this payout's nonce, for which it takes the place of the last carrier if that is still there. */
export async function cancellationOf(
  world: SigningWorld,
  chain: Chain,
  visit: Visit,
  own: EvmAttempt,
  { number, createdAt }: PayoutAttempt,
): Promise<Replacement | WaitReason> {
  const price = await visit.price();
  const fees = raisedOrAnew(own, price, number, world.clock.now() - createdAt);
  const authorization: Authorization = { ...own.authorization, ends: true };
  return signedAnew(world, chain, price, own, { authorization, fees });
}

/** Of the last carrier and this one, if both are on one nonce, either may come first. */
async function signedAnew(
  world: SigningWorld,
  chain: Chain,
  price: GasPrice,
  own: EvmAttempt,
  { fees, ...signed }: Signing,
): Promise<Replacement | WaitReason> {
  const { from, nonce } = own.carrier;
  if (!(await world.signer.lanes()).includes(from))
    return elsewhere(world, chain, price, own, signed);
  const isUsed = nonce < (await chain.transactionCount(from));
  return isUsed
    ? carriedAnew(world, chain, price, own, { ...signed, fees: price, nonce: 'next' })
    : carriedAnew(world, chain, price, own, { ...signed, fees, nonce: 'same' });
}

/** The same payout on the lane that has most, if that is enough; the nonce that is left behind is filled later (gaps.ts). */
async function elsewhere(
  world: SigningWorld,
  chain: Chain,
  price: GasPrice,
  own: EvmAttempt,
  signed: Pick<Carrying, 'authorization' | 'promises'> = {},
): Promise<Replacement | WaitReason> {
  const { from } = own.carrier;
  const others = (await world.signer.lanes()).filter((lane) => lane !== from);
  const ether = await Promise.all(others.map((lane) => chain.etherOf(lane)));
  let best: { lane: Address; wei: bigint } | null = null;
  for (const [index, lane] of others.entries()) {
    const wei = ether[index] ?? null;
    if (wei !== null && wei > (best?.wei ?? 0n)) best = { lane, wei };
  }
  if (best === null) return 'gas-short';
  const gas = await chain.gasFor(best.lane, own);
  if (gas === null) return 'gas-above-cap';
  if (gas * price.maxFeePerGas > best.wei) return 'gas-short';
  const { lane } = best;
  return carriedAnew(world, chain, price, own, { ...signed, fees: price, nonce: 'next', lane });
}

/** What is signed anew; `fees`: for the nonce that the last carrier has. */
type Signing = Pick<Carrying, 'authorization' | 'promises'> & { fees: Fees };
type Carrying = {
  fees: Fees;
  nonce: 'same' | 'next';
  lane?: Address;
  /** If it is another one than the last, it is signed. */
  authorization?: Authorization;
  /** What its payer promises with it. */
  promises?: readonly Change[];
};

/** A reason: it would be dearer than is allowed, or there is nobody to sign it, or nothing to pay it with. */
async function carriedAnew(
  { store, signer }: SigningWorld,
  chain: Chain,
  { cap }: GasPrice,
  last: EvmAttempt,
  change: Carrying,
): Promise<Replacement | WaitReason> {
  if (change.fees.maxFeePerGas > cap) return 'fee-above-cap';
  const from = change.lane ?? last.carrier.from;
  const { authorization = last.authorization, promises = [] } = change;
  const isNew = authorization !== last.authorization;
  if (isNew && !signer.signs(authorization)) return 'payer-key-missing';
  const signature = isNew ? await signer.authorize(chain, authorization) : last.signature;
  const gas = await chain.gasFor(from, { authorization, signature });
  if (gas === null) return 'gas-above-cap';
  const next = change.nonce === 'next' ? await nextNonce(store, chain, from) : null;
  const nonce = next?.start ?? last.carrier.nonce;
  const carrier = { from, nonce, fees: change.fees, gas };
  const { raw, hash } = await signer.carry(chain, carrier, authorization, signature);
  const sequence = { network: chain.network, address: from };
  return {
    changes: [
      ...(next === null
        ? []
        : [{ change: 'sequence', sequence, from: next.from, to: nonce + 1 } as const]),
      ...promises,
    ],
    details: detailsOf({ ...last, authorization, signature, carrier, raw, hash }),
    txId: hash,
    payer: authorization.from,
  };
}

/** What another payer has to promise; `null`: it has not enough. The first payer's promise ends with the proof that it is dead. */
async function promisesOf(
  world: SigningWorld,
  chain: Chain,
  before: Authorization,
  { from, value }: Authorization,
  withdrawalId: WithdrawalId,
): Promise<readonly Change[] | null> {
  if (from === before.from) return [];
  const funds = fundsOf(world, chain, from);
  return (await funds.free(value)) < value ? null : funds.promise([{ withdrawalId, value }]);
}
