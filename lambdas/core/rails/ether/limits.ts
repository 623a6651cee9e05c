/** The limits of the ether rail, with their units in their names. core/rails/evm/limits.ts has those of gas and of replacement. */

/**
 * Nonces of the treasury that are signed and in no block yet. geth keeps so many transactions of an account whatever else is in
 * its pool (core/txpool/legacypool, `AccountSlots`); beyond them it may forget the later ones.
 */
export const nonceWindow = 16;

/** A nonce that nobody of ours owns is used up when a payout behind it has waited for so long. */
export const orphanMs = 5 * 60_000;
/** So many lots of promises are read for the owners of nonces: each has at least one payout of the `nonceWindow` that may be open. */
export const ownerLotsMax = 100;

/**
 * A destination may be a contract, which runs when it is paid, and we pay for its gas: up to this. Receiving ether takes a
 * multisignature wallet or a splitter less than half of it.
 */
export const receiverGasMax = 100_000n;
