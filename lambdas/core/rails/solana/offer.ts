/** What is offered for the place in a block. Above the cap nothing is offered: a nonce does not run out, and waits. */
import type { Offer, Transfer } from './instructions.ts';
import { microLamports, priceBumpPercent, replacementPriceMin, unitLimits } from './limits.ts';

export const unitLimitOf = (transfer: Pick<Transfer, 'mint'> | null): number =>
  transfer === null
    ? unitLimits.advance
    : transfer.mint === null
      ? unitLimits.coin
      : unitLimits.token;

/** `feeMax` is in lamports for the whole. */
export function offerOf(
  transfer: Pick<Transfer, 'mint'> | null,
  price: bigint,
  feeMax: bigint,
): Offer {
  const unitLimit = unitLimitOf(transfer);
  const most = capOf(unitLimit, feeMax);
  return { unitLimit, unitPrice: price < most ? price : most };
}

const capOf = (unitLimit: number, feeMax: bigint): bigint =>
  (feeMax * microLamports) / BigInt(unitLimit);

/** Enough above the last offer for a scheduler to prefer it; `null`: no more than that is paid. */
export function raised(
  transfer: Pick<Transfer, 'mint'> | null,
  last: Offer,
  price: bigint,
  feeMax: bigint,
): Offer | null {
  const bumped = (last.unitPrice * (100n + priceBumpPercent)) / 100n;
  const wanted = [bumped, price, replacementPriceMin].reduce((a, b) => (a > b ? a : b));
  const offer = offerOf(transfer, wanted, feeMax);
  return offer.unitPrice > last.unitPrice ? offer : null;
}
