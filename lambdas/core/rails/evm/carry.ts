/**
 * Makes another carrier of a gas lane for what a payer has signed, or signs anew: on the nonce that the last one has, where it takes
 * along all who share it, or on the next one, where it goes alone.
 */
import { sumOf } from '../../kernel/money.ts';
import type { Replacement } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Change } from '../../store/change.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import {
  type Authorization,
  type Authorized,
  detailsOf,
  type EvmAttempt,
  type Fees,
} from './attempt.ts';
import type { Chain, GasPrice } from './chain.ts';
import { fundsOf } from './funds.ts';
import type { Address } from './hex.ts';
import { authorizationSeconds } from './limits.ts';
import { contractOn, nextNonce, payerOn, type SigningWorld } from './sign.ts';
import { carriedTogether, type Member, membersMax } from './together.ts';

export type Own = { attempt: PayoutAttempt; evm: EvmAttempt };
/**
 * The last attempt of a payout, with those of the `others` whose bytes are the same ones. `mayNotStay`: its nonce is for somebody
 * else, who shares or shared it.
 */
export type Last = Own & { others: readonly Own[]; mayNotStay: boolean };

/** What is signed anew; `fees`: for the nonce that the last carrier has. */
type Signing = Pick<Carrying, 'sign' | 'promises'> & { fees: Fees };
export type Carrying = {
  /** On the last carrier's nonce; on the next one the price of now is offered. */
  fees: Fees;
  nonce: 'same' | 'next';
  lane?: Address;
  /** What is to be signed instead. */
  sign?: (authorization: Authorization) => Authorization;
  /** What its payer promises with it. */
  promises?: readonly Change[];
};

/** A reason: it would be dearer than is allowed, or there is nobody to sign it, or nothing to pay it with. */
export async function carriedAnew(
  world: SigningWorld,
  chain: Chain,
  price: GasPrice,
  last: Last,
  change: Carrying,
): Promise<Replacement | WaitReason> {
  const { store, signer } = world;
  const { evm: own } = last;
  const stays = change.nonce === 'same' && !last.mayNotStay;
  const fees = stays ? change.fees : price;
  if (fees.maxFeePerGas > price.cap) return 'fee-above-cap';
  const from = change.lane ?? own.carrier.from;
  const signed = await signedBy(world, chain, own, change.sign);
  if (signed === null) return 'payer-key-missing';
  const gas = await chain.gasFor(from, signed);
  if (gas === null) return 'gas-above-cap';
  const { promises = [] } = change;
  const payer = signed.authorization.from;
  if (stays) {
    const carrier = { from, nonce: own.carrier.nonce, fees, gas };
    const most = membersMax(gas, fees.maxFeePerGas);
    const others = last.others.slice(0, Math.max(0, most - 1));
    const contract = others.length === 0 ? null : await contractOn(chain);
    if (contract !== null) {
      const members = await membersOf(world, chain, [{ ...last, signed }, ...others], change.sign);
      const together = await carriedTogether(world, chain, contract, carrier, members);
      return { changes: promises, ...together, payer };
    }
  }
  const next = stays ? null : await nextNonce(store, chain, from);
  const nonce = next?.start ?? own.carrier.nonce;
  const carrier = { from, nonce, fees, gas };
  const { raw, hash } = await signer.carry(chain, carrier, signed.authorization, signed.signature);
  const { chainId, token } = own;
  const sequence = { network: chain.network, address: from };
  return {
    changes: [
      ...(next === null
        ? []
        : [{ change: 'sequence', sequence, from: next.from, to: nonce + 1 } as const]),
      ...promises,
    ],
    details: detailsOf({ ...signed, chainId, token, carrier, raw, hash }),
    txId: hash,
    payer,
  };
}

/** What is signed for it, anew where that is asked for; `null`: nobody here may sign it. */
async function signedBy(
  { signer }: SigningWorld,
  chain: Chain,
  { authorization: before, signature }: EvmAttempt,
  sign: Carrying['sign'],
): Promise<Authorized | null> {
  if (sign === undefined) return { authorization: before, signature };
  const authorization = sign(before);
  if (!signer.signs(authorization)) return null;
  return { authorization, signature: await signer.authorize(chain, authorization) };
}

async function membersOf(
  world: SigningWorld,
  chain: Chain,
  all: readonly (Own & { signed?: Authorized })[],
  sign: Carrying['sign'],
): Promise<Member[]> {
  const members: Member[] = [];
  for (const { attempt, evm, signed } of all) {
    const one = signed ?? (await signedBy(world, chain, evm, sign));
    const { withdrawalId, number } = attempt;
    if (one !== null) members.push({ ...one, withdrawalId, number: number + 1 });
  }
  return members;
}

/** Of the last carrier and this one, if both are on one nonce, either may come first. */
export async function signedAnew(
  world: SigningWorld,
  chain: Chain,
  price: GasPrice,
  last: Last,
  signing: Signing,
): Promise<Replacement | WaitReason> {
  const { from } = last.evm.carrier;
  if (!(await world.signer.lanes()).includes(from))
    return elsewhere(world, chain, price, last, signing);
  const nonce = (await isUsedUp(chain, last.evm)) ? 'next' : 'same';
  return carriedAnew(world, chain, price, last, { ...signing, nonce });
}

const isUsedUp = async (chain: Chain, { carrier: { from, nonce } }: EvmAttempt): Promise<boolean> =>
  nonce < (await chain.transactionCount(from));

/**
 * The same payout, signed anew because its time has run out; `null`: it may not be now. Another payer's nonce is another one:
 * nothing of the first may come to anything any more, and only the chain proves that.
 */
export async function renewed(
  world: SigningWorld,
  chain: Chain,
  price: GasPrice,
  last: Last,
  fees: Fees,
): Promise<Replacement | WaitReason | null> {
  const payer = payerOn(chain);
  const stays = !last.mayNotStay && !(await isUsedUp(chain, last.evm));
  let others = stays ? last.others : [];
  let promises: readonly Change[] = [];
  if (last.evm.authorization.from !== payer) {
    for (const { evm } of [last, ...others])
      if (!(await isDeadByAll(world, chain, evm.authorization))) return null;
    const promised = await promisedBy(world, chain, payer, [last, ...others]);
    if (promised === null) return 'treasury-short';
    ({ others, promises } = { others: promised.paid.slice(1), promises: promised.promises });
  }
  const head = await chain.head();
  const soonest = Math.floor(head.latestAt / 1_000) + authorizationSeconds;
  // Never earlier than what was signed before, whatever time the node tells: the last attempt is the one that lives longest.
  const validBefore = [last, ...others].reduce(
    (latest, { evm }) => Math.max(latest, evm.authorization.validBefore),
    soonest,
  );
  // Of the old bytes and the new ones on one nonce either may come first: expired, the old ones use it up and pay nothing.
  const sign = (before: Authorization) => ({ ...before, from: payer, validBefore });
  return signedAnew(world, chain, price, { ...last, others }, { sign, promises, fees });
}

/** A node that tells a wrong time must not end what the right one lets live: our own clock has to say that it is past, too. */
const isDeadByAll = async (
  { clock }: SigningWorld,
  chain: Chain,
  authorization: Authorization,
): Promise<boolean> =>
  clock.now() > authorization.validBefore * 1_000 && (await chain.isDead(authorization));

/**
 * What another payer has to promise, for as many of them as it has enough for, the first of them first; `null`: not even for that
 * one. The first payer's promise ends with the proof that it is dead.
 */
async function promisedBy(
  world: SigningWorld,
  chain: Chain,
  payer: Address,
  all: readonly Own[],
): Promise<{ paid: readonly Own[]; promises: readonly Change[] } | null> {
  const payments = all.map(({ attempt: { withdrawalId }, evm }) => {
    return { withdrawalId, value: evm.authorization.value };
  });
  const funds = fundsOf(world, chain, payer);
  let free = await funds.free(sumOf(payments.map(({ value }) => value)));
  const fits = payments.map(({ value }) => {
    const isEnough = value <= free;
    if (isEnough) free -= value;
    return isEnough;
  });
  if (fits[0] !== true) return null;
  const promises = await funds.promise(payments.filter((_, index) => fits[index]));
  return { paid: all.filter((_, index) => fits[index]), promises };
}

/** The same payout alone on the lane that has most, if that is enough; the nonce that is left behind is filled later (gaps.ts). */
export async function elsewhere(
  world: SigningWorld,
  chain: Chain,
  price: GasPrice,
  last: Last,
  signing: Pick<Carrying, 'sign' | 'promises'> = {},
): Promise<Replacement | WaitReason> {
  const { from } = last.evm.carrier;
  const others = (await world.signer.lanes()).filter((lane) => lane !== from);
  const ether = await Promise.all(others.map((lane) => chain.etherOf(lane)));
  let best: { lane: Address; wei: bigint } | null = null;
  for (const [index, lane] of others.entries()) {
    const wei = ether[index] ?? null;
    if (wei !== null && wei > (best?.wei ?? 0n)) best = { lane, wei };
  }
  if (best === null) return 'gas-short';
  const gas = await chain.gasFor(best.lane, last.evm);
  if (gas === null) return 'gas-above-cap';
  if (gas * price.maxFeePerGas > best.wei) return 'gas-short';
  const { sign, promises } = signing;
  return carriedAnew(world, chain, price, last, {
    ...(sign === undefined ? {} : { sign }),
    ...(promises === undefined ? {} : { promises }),
    ...({ fees: price, nonce: 'next', lane: best.lane } as const),
  });
}
