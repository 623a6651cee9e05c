/** The limits of payouts on every rail, with their units in their names. */

/** A payout that our treasury cannot make now is looked at again after this at least, and at most. */
export const payableWaitMinMs = 5_000;
export const payableWaitMaxMs = 60_000;
/** What is kept free, in a transaction that saves payouts, for what is saved once for all: the gas lane and the like. */
export const payoutBesides = { actions: 10, bytes: 50_000 };

/** Signed bytes that no node takes are offered again after this, however long that goes on: those behind them wait for them. */
export const sendAgainMs = 10_000;

/** A signed payout that would not come about now is looked at again after this at most. */
export const signedWaitMaxMs = 300_000;
/** A signed payout whose address the token has refused for so long, or that nobody may sign anew, is cancelled on chain. */
export const payoutHopelessMs = 24 * 3_600_000;
/** For so long the reason that was told why it gets no other bytes stands, where a look finds only that the payout is late. */
export const reasonStandsMs = 3_600_000;
/** A payout that is not final after so many times the usual, and `payoutLateMs`, is waited for visibly. */
export const payoutLateFactor = 3;
export const payoutLateMs = 15 * 60_000;
