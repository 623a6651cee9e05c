/** Binds payouts to slots, and has them signed. */
import { all } from '../../kernel/all.ts';
import type { Clock, Dice } from '../../kernel/world.ts';
import type { Payment, Preparation } from '../../payout/rail.ts';
import type { Store } from '../../store/store.ts';
import type { WaitReason } from '../../withdrawal/waits.ts';
import { detailsOf, type SolanaAttempt } from './attempt.ts';
import type { SolanaChain, SolanaSigner } from './chain.ts';
import type { SolanaFunds } from './funds.ts';
import type { Offer, Transfer } from './instructions.ts';
import { boundTogetherMax } from './limits.ts';
import { offerOf } from './offer.ts';
import { binding, isSigned, type Slot, signing, slotsOf } from './slots.ts';

export type SigningWorld = { store: Store; signer: SolanaSigner; dice: Dice; clock: Clock };
export type Asset = 'USDC' | 'SOL';

const decimals = { USDC: 6, SOL: 9 } as const;

export const transferFor = (chain: SolanaChain, asset: Asset, payment: Payment): Transfer => {
  const { withdrawalId: memo, to, value } = payment;
  return { to, value, memo, mint: asset === 'USDC' ? chain.mint : null, decimals: decimals[asset] };
};

/**
 * Signs what is bound to this slot: a transfer, or, without one, the mere advance of its nonce. `before`: the attempt whose place it takes
 * on the same slot, whose payer it is.
 */
export async function signOn(
  { signer }: Pick<SigningWorld, 'signer'>,
  chain: Pick<SolanaChain, 'genesis'>,
  { nonceAccount, nonce, at }: Slot,
  offer: Offer,
  transfer: Transfer | null,
  before?: SolanaAttempt,
) {
  const payer = before?.asked.payer ?? signer.address;
  const asked = { payer, nonceAccount, nonce, ...offer, transfer };
  const { raw, signature } = await signer.sign(asked, before?.raw);
  return { details: detailsOf(chain.genesis, at, raw), txId: signature, payer };
}

export async function prepare(
  world: SigningWorld,
  chain: SolanaChain,
  asset: Asset,
  funds: SolanaFunds,
): Promise<Preparation> {
  const [slots, price] = await Promise.all([slotsOf(world, chain), chain.price()]);
  const none = (waits: WaitReason) => ({ changes: [], bound: [], waits });
  return {
    waits: slots.exist ? null : 'slots-short',
    bind: async (payments) => {
      const known = await all(
        payments.map(({ withdrawalId }) => isSigned(world.store, withdrawalId)),
      );
      const unsigned = payments.filter((_, index) => known[index] === false);
      if (unsigned.length === 0) return none('signed-before');
      const { paid: affordable, short } = await funds.fitting(unsigned);
      if (affordable.length === 0) return none(short);
      const free = await slots.free(Math.min(affordable.length, boundTogetherMax));
      if (free.length === 0) return none('slots-short');
      const paid = affordable.slice(0, free.length);
      const pairs = paid.flatMap((payment, index) => {
        const slot = free[index];
        return slot === undefined ? [] : [{ payment, slot }];
      });
      const [promises, bound] = await Promise.all([
        funds.promise(paid),
        all(
          pairs.map(async ({ payment, slot }) => {
            const transfer = transferFor(chain, asset, payment);
            const offer = offerOf(transfer, price, chain.priorityFeeMax);
            const signed = await signOn(world, chain, slot, offer, transfer);
            return { withdrawalId: payment.withdrawalId, readFrom: slot.at, ...signed };
          }),
        ),
      ]);
      const bindings = pairs.flatMap(({ payment, slot }) => [
        binding(slot),
        signing(payment.withdrawalId),
      ]);
      return { changes: [...bindings, ...promises], bound };
    },
  };
}
