/** The limits of payouts on EVM chains, each with its unit in its name. What other rooms share is in core/kernel/limits.ts. */

/** How long a signed payout may be submitted. One that runs out unused is signed again with the same nonce. */
export const authorizationSeconds = 6 * 3600;
/** An authorization that is valid for less than this is signed again before it is sent. */
export const authorizationMarginSeconds = 600;

/** A replacement must raise both fees by at least 10 % (geth, core/txpool, `PriceBump`); we raise them by this. */
export const feeBumpPercent = 25n;
/** The lowest priority fee that is offered, in wei: geth's miner takes no less (`miner.DefaultConfig`, 0.001 gwei). */
export const tipMin = 1_000_000n;
/** The gas limit of one `transferWithAuthorization`, which uses 60,000 to 110,000 with Circle's token. */
export const payoutGasLimit = 150_000n;

/** A payout that is next in its gas lane and not on chain after this is raised at any fee; again after twice as long. */
export const payoutLostMs = 10 * 60_000;
