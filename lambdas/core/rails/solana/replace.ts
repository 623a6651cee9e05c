/**
 * Other bytes for a payout. On the nonce that it is bound to they exclude the ones before, whichever comes first. On another slot they
 * go only when it is proven that nothing can come of any before: each was carried out as an error, or is excluded by one that was.
 */
import type { WithdrawalId } from '../../kernel/ids.ts';
import { payoutStuckMs } from '../../kernel/limits.ts';
import type { Replacement, Standing } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Change } from '../../store/change.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import type { SolanaAttempt } from './attempt.ts';
import type { SolanaChain } from './chain.ts';
import type { SolanaFunds } from './funds.ts';
import type { Transfer } from './instructions.ts';
import { judge } from './judge.ts';
import { attemptsMax, failedWaitMaxMs, failedWaitMinMs } from './limits.ts';
import { offerOf, raised } from './offer.ts';
import { type SigningWorld, signOn } from './sign.ts';
import { binding, slotsOf } from './slots.ts';
import { attemptsOf, onChain } from './verdict.ts';

/** The code of a payout whose transactions were carried out without paying: other bytes may pay it. */
export const failed = 'FAILED_ON_CHAIN';

export async function replacementFor(
  world: SigningWorld,
  chain: SolanaChain,
  funds: SolanaFunds,
  attempt: PayoutAttempt,
  standing: Standing,
): Promise<Replacement | WaitReason | null> {
  const own = onChain(chain, attempt);
  const { number, createdAt } = attempt;
  const waited = world.clock.now() - createdAt;
  if (number >= attemptsMax) return null;
  if (standing.is === 'refused') {
    if (standing.code === 'unfunded') return 'gas-short';
    if (standing.code !== failed) return null;
    const waitMs = Math.min(failedWaitMinMs * 2 ** (number - 2), failedWaitMaxMs);
    if (number > 1 && waited < waitMs) return null;
    return onAnotherSlot(world, chain, funds, attempt, own);
  }
  // A nonce does not run out, so the same bytes go again as they are; after a while more is offered for them, as far as the cap.
  if (waited <= payoutStuckMs * 2 ** (number - 1)) return null;
  return onTheSame(world, chain, own, own.asked.transfer);
}

/** The advance of the nonce that the payout is bound to: only one of the two is carried out. */
export async function cancellationOf(
  world: SigningWorld,
  chain: SolanaChain,
  funds: SolanaFunds,
  attempt: PayoutAttempt,
): Promise<Replacement | WaitReason> {
  const own = onChain(chain, attempt);
  const { nonceAccount, nonce } = own.asked;
  const { at, of } = await chain.nonces([nonceAccount], 'confirmed');
  const state = of.get(nonceAccount);
  if (at < own.slot) return 'node-away';
  if (state?.is === 'set' && state.nonce === nonce)
    return (await onTheSame(world, chain, own, null)) ?? 'being-cancelled';
  // It is used up already. When that was proven to pay nothing, the end is signed all the same: it says who has ended it.
  return onAnotherSlot(world, chain, funds, attempt, null);
}

async function onTheSame(
  world: SigningWorld,
  chain: SolanaChain,
  own: SolanaAttempt,
  transfer: Transfer | null,
): Promise<Replacement | WaitReason | null> {
  const { asked, slot } = own;
  // Only who has made a nonce account may advance it.
  if (!world.signer.signs(asked.payer)) return 'payer-key-missing';
  const price = await chain.price();
  const isOther = transfer === null && asked.transfer !== null;
  const offer = raised(transfer, asked, price, chain.priorityFeeMax);
  if (offer === null && !isOther) return null;
  const { nonceAccount, nonce } = asked;
  const bound = { nonceAccount, nonce, at: slot };
  const best = offer ?? offerOf(transfer, asked.unitPrice, chain.priorityFeeMax);
  return { changes: [], ...(await signOn(world, chain, bound, best, transfer, own)) };
}

/** `paid`: what failed and is to be paid now; `null`: it only ends the payout. Who signs is the treasury of now. */
async function onAnotherSlot(
  world: SigningWorld,
  chain: SolanaChain,
  funds: SolanaFunds,
  attempt: PayoutAttempt,
  paid: SolanaAttempt | null,
): Promise<Replacement | WaitReason> {
  const { withdrawalId: key, number } = attempt;
  const transfer = paid?.asked.transfer ?? null;
  const attempts = await attemptsOf(chain, world.store, key, number, attempt);
  const judgement = (await judge(chain, [{ key, attempts }])).get(key);
  const isOver = judgement?.is === 'never' && judgement.by === 'ours';
  if (!isOver) return transfer === null ? 'being-cancelled' : 'payout-late';
  const slots = await slotsOf(world, chain);
  const [slot] = await slots.free(1);
  if (slot === undefined) return 'slots-short';
  const promises = await promisesFor(world, funds, key, paid);
  if (typeof promises === 'string') return promises;
  const offer = offerOf(transfer, await chain.price(), chain.priorityFeeMax);
  return {
    changes: [binding(slot), ...promises],
    ...(await signOn(world, chain, slot, offer, transfer)),
  };
}

/** What was promised of another treasury is not promised of this one. */
async function promisesFor(
  { signer }: SigningWorld,
  funds: SolanaFunds,
  withdrawalId: WithdrawalId,
  paid: SolanaAttempt | null,
): Promise<readonly Change[] | WaitReason> {
  const transfer = paid?.asked.transfer ?? null;
  if (transfer === null || paid?.asked.payer === signer.address) return [];
  const payment = { withdrawalId, value: transfer.value };
  const { paid: affordable, short } = await funds.fitting([payment]);
  return affordable.length === 0 ? short : funds.promise([payment]);
}
