/** The limits of the EVM rail and its nodes, with their units in their names. core/kernel/limits.ts has those of all rails. */
import assert from 'node:assert/strict';
import { callTimeoutMs, stepTimeoutSeconds } from '../../kernel/limits.ts';

/** How long a signed payout may be submitted. One that runs out unused is signed again with the same nonce. */
export const authorizationSeconds = 6 * 3600;
/** An authorization that is valid for less than this is signed again before it is sent. */
export const authorizationMarginSeconds = 600;
/** A block of a time that is this far ahead of our clock is not believed. Nothing is signed, and nothing is dead, by such a time. */
export const blockAheadMaxMs = 24 * 3_600_000;

/** A replacement must raise both fees by at least 10 % (geth, core/txpool, `PriceBump`); we raise them by this. */
export const feeBumpPercent = 25n;
/** The lowest priority fee that is offered, in wei: geth's miner takes no less (`miner.DefaultConfig`, 0.001 gwei). */
export const tipMin = 1_000_000n;
/** What a plain transfer of ether costs (Ethereum Yellow Paper, appendix G, "transaction"). */
export const transferGas = 21_000n;
/** The gas limit of one `transferWithAuthorization`, which uses 60,000 to 110,000 with Circle's token. */
export const payoutGasLimit = 150_000n;

/** The most payouts of one transaction: they, and what else is saved with them, fit into one of DynamoDB (100 actions). */
export const payoutBatchMembersMax = 80;
/** A transaction that needs more gas than 2^24 is in no block of Ethereum (EIP-7825), and in none of the chains that follow it. */
export const payoutBatchGasMax = 16_000_000n;
/** geth takes no transaction that offers more than one ether for its gas (`--rpc.txfeecap`); in wei. */
export const payoutBatchFeeMax = 8n * 10n ** 17n;

/** A payout that is next in its gas lane and not on chain after this is raised at any fee; again after twice as long. */
export const payoutLostMs = 10 * 60_000;

/**
 * Where a node estimates more gas than `payoutGasLimit` (on Arbitrum the gas for data on Ethereum counts, too), it is offered
 * this much more than the estimate, in percent, and never more than `gasLimitMax`: a lane pays what an estimate says.
 */
export const gasMarginPercent = 30n;
export const gasLimitMax = 2_000_000n;
/** The blocks from which the price of gas is read, and how many times what they paid may be offered if nothing else is set. */
export const feeBlocks = 20;
export const gasPriceMultiple = 10n;

/**
 * How old the number of a lane may be for a payout that goes alone: it has come along with the withdrawal then, and is no call of its
 * own. Whoever signs many loses more when somebody else was faster than a call costs, and reads the number last.
 */
export const laneGoodMs = 2_000;
/** Each number that comes along is a read unit: of more lanes than this none does. */
export const lanesAlongMax = 8;

/** A nonce that is missing in a lane is filled after this where the node does not tell what its mempool holds. */
export const laneStuckMs = 60_000;
/** The most nonces of one lane that one visit fills. */
export const laneFillsMax = 20;
/** Behind more missing nonces than this nobody waits, and a lane that is further ahead of the chain gets no payout, if there is another. */
export const laneAheadMax = 1_000;
/** A signed payout that no node took, whatever it said, is offered anew with other fees after this; again after twice as long. */
export const payoutUnansweredMs = 60_000;

/** So many promised payouts are named beside the sum at most: with them its item is still below the 1 KB of one write unit. */
export const namedBesideMax = 12;
/** More than so many that are signed together have a lot of their own where they do not fit beside the sum. */
export const namedTogetherMax = 3;
/** How many lots of promised payouts one visit reads, and how many payouts one of what is left of them has at most. */
export const lotsReadMax = 10;
export const lotPayoutsMax = 200;
/**
 * A carrier that used its nonce up and did nothing is followed by another one at once, and each further one after twice as long,
 * up to this.
 */
export const carrierWaitMinMs = 30_000;
export const carrierWaitMaxMs = 3_600_000;

/** Calls in one JSON-RPC request, if nothing else is set (`EVM_BATCH_<NETWORK>`). geth allows 1,000, some providers 10. */
export const rpcBatchMax = 50;
/** What a node refused or lost as one request is not asked for again as one for this long. */
export const rpcForgetMs = 10 * 60_000;
/** A call that was lost, or met an error that passes, is made this often, `rpcRetryMs` and more apart. */
export const rpcTriesMax = 3;
export const rpcRetryMs = 150;
/** A request without an answer after this is not waited for alone: its calls are made once more, each by itself. */
export const rpcPatienceMs = 2_500;
/** The most of an answer that is read. A block's logs, or a payment of many at once with its receipt, are a few MB at most. */
export const rpcAnswerBytesMax = 16 * 1024 * 1024;
/** Blocks in one question for logs, if nothing else is set (`EVM_LOG_RANGE_<NETWORK>`). */
export const logRangeMax = 5_000;
/** A range that a node refused is not asked for again for this long. */
export const logRangeForgetMs = 10 * 60_000;
/** How long one visit searches old blocks for a payout, and how long a block counts as searched. */
export const logSearchMs = 8_000;
export const logsForgetMs = 10 * 60_000;
/** Of a nonce that is used up, and in no log of the likely blocks, those are read again after this. */
export const logsAgainMs = 60_000;

assert(2 * rpcPatienceMs < callTimeoutMs);
assert(logSearchMs + callTimeoutMs < stepTimeoutSeconds * 1_000);
