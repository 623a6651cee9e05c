/**
 * Nonces of the treasury that belong to no payout and hold up all behind them: a node has counted too many once, or a table was
 * restored. A nonce is given out in the write that saves what is signed for it, so one that no open payout has is nobody's, for ever.
 */
import { all } from '../../kernel/all.ts';
import type { PayoutAttempt } from '../../store/attempt.ts';
import type { GasPrice } from '../evm/chain.ts';
import { etherAttemptOf } from './attempt.ts';
import type { EtherChain } from './chain.ts';
import { nonceWindow, orphanMs, ownerLotsMax } from './limits.ts';
import type { EtherWorld } from './sign.ts';

/**
 * Uses up those between the first nonce that is not in the chain and this payout's. Answers whether there were any: the payout
 * itself needs nothing else then.
 */
export async function usesUpOrphans(
  { store, signer, clock }: EtherWorld,
  chain: EtherChain,
  price: GasPrice,
  { createdAt, details }: PayoutAttempt,
  used: number,
): Promise<boolean> {
  const { from, nonce } = etherAttemptOf({ details }).carrier;
  if (nonce <= used || clock.now() - createdAt <= orphanMs) return false;
  const treasury = { network: chain.network, token: chain.token, payer: from };
  // In this order: what stands beside the sum goes into a lot, and never comes back.
  const { payouts: beside } = await store.promised(treasury);
  const lots = await store.lots(treasury, ownerLotsMax);
  // More than were read may own any of them.
  if (lots.length === ownerLotsMax) return false;
  const owned = new Set<number>();
  const owners = new Set(
    [beside, ...lots.map(({ payouts }) => payouts)].flatMap((one) => [...one.keys()]),
  );
  await all(
    [...owners].map(async (id) => {
      // The first attempt has the nonce that all others have.
      const first = await store.attempt(id, 1);
      if (first !== null) owned.add(etherAttemptOf(first).carrier.nonce);
    }),
  );
  const last = Math.min(nonce, used + nonceWindow);
  const orphans = Array.from({ length: last - used }, (_, place) => used + place).filter(
    (one) => !owned.has(one),
  );
  if (orphans.length === 0 || price.maxFeePerGas > price.cap) return false;
  const nothing = { to: from, value: 0n };
  if (!signer.signs(from, nothing)) return false;
  const gas = await chain.gasFor(from, from, 0n);
  if (gas === null) return false;
  const { maxFeePerGas, maxPriorityFeePerGas } = price;
  for (const orphan of orphans) {
    const carrier = { from, nonce: orphan, fees: { maxFeePerGas, maxPriorityFeePerGas }, gas };
    const { raw } = await signer.sign(chain, carrier, nothing);
    await chain.send(raw, orphan);
  }
  return true;
}
