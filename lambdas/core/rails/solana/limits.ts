/** The limits of the Solana rail and its nodes, with their units in their names. core/kernel/limits.ts has those of all rails. */
import assert from 'node:assert/strict';
import {
  callTimeoutMs,
  providerClockSkewMs,
  recordReserveMs,
  stepTimeoutSeconds,
} from '../../kernel/limits.ts';

/** What each signature costs, in lamports (solana.com/docs/core/fees, "Base fee"). Our transactions have one. */
export const signatureFee = 5_000n;
/** A lamport has a million of the units in which a compute unit's price is said (solana.com/docs/core/fees). */
export const microLamports = 1_000_000n;
/**
 * The compute units that are asked for. A payout of a token uses 14,000 to 60,000 of them, with the account that it opens and the
 * memo; one of SOL up to 30,000, nearly all of it for the memo.
 */
export const unitLimits = { token: 120_000, coin: 60_000, advance: 1_000 } as const;
/** The most that is offered for the place in a block of one transaction, in lamports, if nothing else is set (`SOLANA_MAX_PRIORITY_FEE`). */
export const priorityFeeMax = 1_000_000n;
/** What a replacement offers is at least so many percent more: a scheduler takes the dearer of two. */
export const priceBumpPercent = 50n;
/** The least that is offered by a replacement, in millionths of a lamport for a compute unit. */
export const replacementPriceMin = 10_000n;
/** Which of the prices that recent blocks have taken is offered, in percent from the lowest. */
export const pricePercentile = 75;

/** The nonce accounts that are looked for: as many as one `getMultipleAccounts` takes. */
export const nonceAccountsMax = 100;
/** Signatures in one `getSignatureStatuses`, and accounts in one `getMultipleAccounts` (solana.com/docs/rpc/http). */
export const statusesMax = 256;
export const accountsMax = 100;
/** All attempts of a payout are read for its verdict: no more are made. */
export const attemptsMax = 40;

/** A transaction with its signatures has at most so many bytes (one packet of IPv6's least size, less its headers). */
export const transactionBytesMax = 1_232;
/** The bytes of a token account and of a nonce account, by which their rent is counted. */
export const tokenAccountBytes = 165;
export const nonceAccountBytes = 80;

/**
 * A payout whose transaction was carried out as an error is made once more, on another nonce account, at once; each further one
 * after twice as long, up to this.
 */
export const failedWaitMinMs = 30_000;
export const failedWaitMaxMs = 3_600_000;

/**
 * A destination is looked through for a payout that our books have forgotten: from so long before its withdrawal was made on, which is for
 * clocks that differ, and so many of the newest transactions whatever their age. Of the two the payout may be the older one: after a table was
 * restored, whoever repeats the request makes the withdrawal anew, under the same id (docs/runbook.md, "Restore a table"). To read a
 * whole day for that would let no payout go to a destination that has tens of thousands of transactions in it.
 */
export const namedBeforeMs = 15 * 60_000;
export const namedNewestMin = 1_000;
/** So long a visit looks through one destination; the others of the visit wait for it. */
export const namedListMs = 5_000;
assert(
  namedListMs + 2 * callTimeoutMs + recordReserveMs < stepTimeoutSeconds * 1_000 &&
    namedBeforeMs > providerClockSkewMs,
);

/** Calls in one JSON-RPC request: providers allow 10 to 100. */
export const callsMax = 10;
/** The most of an answer that is read. The largest are a hundred accounts of a few hundred bytes. */
export const answerBytesMax = 4 * 1024 * 1024;
/** A call that was lost is made once more after this. */
export const retryMs = 150;
export const triesMax = 3;
/** What is saved in one transaction of DynamoDB (100 actions): four of them for each payout, and those of the treasury. */
export const boundTogetherMax = 20;
