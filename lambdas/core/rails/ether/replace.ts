/**
 * Other bytes for the nonce of a payout that is not on chain: the same transfer with other fees, or one that uses the nonce up and
 * pays nobody. The nonce itself never changes, so whichever comes first, the others are worth nothing.
 */
import { payoutStuckMs } from '../../kernel/limits.ts';
import type { Replacement, Standing } from '../../payout/rail.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { Change } from '../../store/change.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import type { Fees } from '../evm/authorization.ts';
import type { GasPrice } from '../evm/chain.ts';
import { fundsOf } from '../evm/funds.ts';
import type { Address } from '../evm/hex.ts';
import { payoutLostMs, payoutUnansweredMs } from '../evm/limits.ts';
import { raised, raisedOrAnew } from '../evm/outbid.ts';
import { carrierWaitMs } from '../evm/replace.ts';
import { costOf, detailsOf, type EtherAttempt } from './attempt.ts';
import type { EtherChain, Transfer } from './chain.ts';
import { usesUpOrphans } from './orphans.ts';
import type { EtherWorld } from './sign.ts';

export type Own = { attempt: PayoutAttempt; ether: EtherAttempt };

/** `null`: there is nothing to be bettered now. A reason: there is, and it cannot be had. */
export async function replacementFor(
  world: EtherWorld,
  chain: EtherChain,
  price: () => Promise<GasPrice>,
  own: Own,
  standing: Standing,
): Promise<Replacement | WaitReason | null> {
  const { number, createdAt } = own.attempt;
  const { from, nonce, fees: before } = own.ether.carrier;
  const waited = world.clock.now() - createdAt;
  if (standing.is === 'pending' && waited <= payoutStuckMs) return null;
  if (standing.is === 'unanswered' && waited <= payoutUnansweredMs * 2 ** (number - 1)) return null;
  const used = await chain.transactionCount(from);
  // Which transaction used it 5-confirm finds out.
  if (nonce < used) return null;
  const now = await price();
  if (await usesUpOrphans(world, chain, now, own.attempt, used)) return null;
  const again = (fees: Fees) => signedAnew(world, chain, now, own, own.ether.transfer, fees);
  if (standing.is === 'pending') {
    const other = mayNotSign(world.signer, from, own.ether.transfer);
    // The price of the moment changes nothing: the chain has had these bytes for long, and there will be no others.
    if (other !== null) return nonce === used && waited > payoutLostMs ? other : null;
    // Those before it have to be in a block first. A chain may as well stand still: each time after twice as long.
    const isLost = nonce === used && waited > payoutLostMs * 2 ** (number - 1);
    return isLost || now.maxFeePerGas > before.maxFeePerGas ? again(raised(own.ether, now)) : null;
  }
  if (standing.is === 'unanswered') return again(raisedOrAnew(own.ether, now, number, waited));
  const isCheaper = now.maxFeePerGas < before.maxFeePerGas;
  switch (standing.code) {
    case 'nonce-used': // A node that is ahead of the one that counted.
    case 'nonce-gap': // Those before it are offered by their own visits.
      return null;
    case 'too-dear':
      return isCheaper ? again(now) : null;
    case 'unfunded':
      return isCheaper ? again(now) : 'treasury-short';
    case 'gas-too-low': // The gas is estimated anew. Another node may have taken these bytes, so they are outbid, less and less often.
      if (number > 1 && waited < carrierWaitMs(number)) return null;
      return again(raisedOrAnew(own.ether, now, number, waited));
    default:
      return again(raised(own.ether, now));
  }
}

/** A former treasury may only use its nonces up, so what it has signed is ended where it needs other bytes. */
function mayNotSign(
  signer: EtherWorld['signer'],
  from: Address,
  transfer: Transfer,
): WaitReason | null {
  if (signer.signs(from, transfer)) return null;
  return signer.signs(from, { to: from, value: 0n }) ? 'payer-replaced' : 'payer-key-missing';
}

/** The transaction that uses the nonce up and pays nobody (a transfer of nothing to the payer itself). */
export async function cancellationOf(
  world: EtherWorld,
  chain: EtherChain,
  price: () => Promise<GasPrice>,
  own: Own,
): Promise<Replacement | WaitReason> {
  const { number, createdAt } = own.attempt;
  const { from, nonce } = own.ether.carrier;
  // There is nothing to end any more, and 5-confirm says what became of it.
  if (nonce < (await chain.transactionCount(from))) return 'being-cancelled';
  const now = await price();
  const fees = raisedOrAnew(own.ether, now, number, world.clock.now() - createdAt);
  return signedAnew(world, chain, now, own, { to: from, value: 0n }, fees);
}

async function signedAnew(
  { signer, store, clock }: EtherWorld,
  chain: EtherChain,
  { cap }: GasPrice,
  { attempt: { withdrawalId }, ether: own }: Own,
  transfer: Transfer,
  { maxFeePerGas, maxPriorityFeePerGas }: Fees,
): Promise<Replacement | WaitReason> {
  const { from, nonce } = own.carrier;
  const other = mayNotSign(signer, from, transfer);
  if (other !== null) return other;
  if (maxFeePerGas > cap) return 'fee-above-cap';
  // One that would revert now keeps the gas that it has: it reverts on chain, which is proof that it did not pay.
  const gas = (await chain.gasFor(from, transfer.to, transfer.value)) ?? own.carrier.gas;
  const carrier = { from, nonce, fees: { maxFeePerGas, maxPriorityFeePerGas }, gas };
  const more = costOf({ carrier, transfer }) - costOf(own);
  let promises: readonly Change[] = [];
  if (more > 0n) {
    const funds = fundsOf({ store, clock }, chain, from);
    if ((await funds.free(more)) < more) return 'treasury-short';
    promises = await funds.promise([{ withdrawalId, value: more }]);
  }
  const { raw, hash } = await signer.sign(chain, carrier, transfer);
  const { chainId } = own;
  const details = detailsOf({ chainId, carrier, transfer, raw, hash });
  return { changes: promises, details, txId: hash, payer: from };
}
