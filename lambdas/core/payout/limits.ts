/** The limits of signed payouts on every rail, with their units in their names. */

/** A signed payout that would not come about now is looked at again after this at most. */
export const signedWaitMaxMs = 300_000;
/** A signed payout whose address the token has refused for so long is cancelled on chain. */
export const payoutHopelessMs = 24 * 3_600_000;
/** A payout that is not final after so many times the usual, and `payoutLateMs`, is waited for visibly. */
export const payoutLateFactor = 3;
export const payoutLateMs = 15 * 60_000;
