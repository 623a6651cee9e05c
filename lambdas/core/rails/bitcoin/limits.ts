/** The limits of the Bitcoin rail and its nodes, with their units in their names. core/kernel/limits.ts has those of all rails. */
import assert from 'node:assert/strict';
import { callTimeoutMs, stepTimeoutSeconds } from '../../kernel/limits.ts';

/**
 * A block that is buried so deep counts as final, if nothing else is set (`BITCOIN_FINALITY_BLOCKS`). Six is what merchants and
 * exchanges have waited for since the first years (https://bitcoin.org/en/you-need-to-know); the block itself counts as one.
 */
export const finalityBlocks = 6;
/** Bitcoin's blocks are ten minutes apart on average. */
export const blockMs = 10 * 60_000;
/** Newly mined money can be spent by a block that is so many later (src/consensus/consensus.h, COINBASE_MATURITY). */
export const coinbaseMaturity = 100;

/** Fees are counted in satoshi for 1,000 virtual bytes, as nodes do (src/policy/feerate.h): 1 sat/vB is 1,000. */
export const perVirtualByte = 1_000n;
/** The most that is paid for a virtual byte, if nothing else is set (`BITCOIN_MAX_FEE_SAT_VB`). */
export const feeCap = 200n * perVirtualByte;
/** What is offered where a node has nothing to estimate from, as on a chain that hardly anybody uses. */
export const feeUnknown = 5n * perVirtualByte;
/** The fee is estimated for so many blocks. */
export const feeTargetBlocks = 6;
/** A node relays what pays so much (src/policy/policy.h, DEFAULT_MIN_RELAY_TX_FEE of before version 30), and replaces for so much more. */
export const relayFee = 1n * perVirtualByte;
/** Outputs that would cost more than this to be spent are dust (src/policy/policy.h, DUST_RELAY_TX_FEE). */
export const dustRelayFee = 3n * perVirtualByte;
/** BIP-125: an input with this sequence or a lower one says that its transaction may be replaced. */
export const replaceableSequence = 0xffff_fffd;

/** The most inputs of one payout: they are saved with it in one transaction of the database (100 actions). */
export const inputsMax = 60;
/** The actions of one transaction of the database that payouts and their inputs may take together. */
export const bindActionsMax = 90;

/** The treasury's change is split, so that so many outputs can be spent side by side; in so many at once, and none smaller. */
export const poolOutputs = 20;
export const changeOutputsMax = 8;
export const changeOutputMin = 100_000n;

/** A payout that is known to a node and in no block after this is raised when fees have risen; again after twice as long. */
export const bumpAfterMs = 20 * 60_000;
/** After this it is raised at any fee; again after twice as long. */
export const bumpLostMs = 3 * 3_600_000;
/** How much more is offered by who raises, in percent of the last fee. */
export const bumpPercent = 25n;
/** A signed payout that no node took, whatever it said, is offered anew with other fees after this; again after twice as long. */
export const unansweredMs = 10 * 60_000;

/** A question that was lost, or met an error that passes, is asked this often, `retryMs` and more apart, and not after `retryWithinMs`. */
export const triesMax = 3;
export const retryMs = 150;
export const retryWithinMs = 2_500;
/** The most of an answer that is read: a block of 4 MB (BIP-141) as hexadecimal digits, and what is around it. */
export const answerBytesMax = 12 * 1024 * 1024;
/** How long one visit searches blocks for who has spent an output. */
export const spendSearchMs = 8_000;
/** How many blocks below a payout's signing are searched: it may have come back to a chain that had moved on. */
export const searchBelowBlocks = 144;
/** How many blocks are known to hold nothing, for the next search. */
export const searchedBlocksMax = 4_000;

assert(spendSearchMs + callTimeoutMs < stepTimeoutSeconds * 1_000);
