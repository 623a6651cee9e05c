/** The limits of a wallet's writer and its inbox. */
import assert from 'node:assert/strict';
import { transactionActionsMax } from '../kernel/limits.ts';

/** A wallet's inbox begins with one part, which is one to read; a busy one gets twice as many, up to this, and keeps them. */
export const inboxShardsMax = 16;
/** The parts of the inboxes, and of the lists of withdrawals, of wallets from before the numbers were kept. */
export const inboxShardsBefore = 4;
export const listShardsBefore = 1;
/** The list of a wallet's withdrawals begins with one part, too, and has so many at most. */
export const listShardsMax = 16;
/**
 * So many withdrawals a second to each part of the list are enough: with more it gets twice as many. An index takes 1,000 new entries a
 * second of one partition (DynamoDB guide, "Best practices for designing partition keys").
 */
export const listedPerSecondMax = 500;
/** For so long a list has to grow as fast. What comes at once, such as a batch, is over by then. */
export const listBusyMs = 3_000;
/**
 * Operations of a wallet in one transaction at most, beside its balance, its block and the look whether it is active. How many
 * fit is reckoned by what they weigh (core/store/weight.ts).
 */
export const postingsMax = transactionActionsMax - 4;
/** An operation waits this long, so that one accepted a moment earlier on another machine is in the inbox index by then. */
export const inboxSettleMs = 200;
/** 2-debit then waits for more, so that a transaction covers the operations of at least this much time. */
export const inboxGatherMs = 200;
/**
 * So long after the first of its rings a run goes on with what waits in a wallet, and for one transaction at least. What waits then is rung for
 * again, behind what was rung meanwhile: who ends a hold waits for the messages before it, and not for whatever else is accepted.
 */
export const walletTurnMs = 2_000;
/** The difference that is allowed between the clocks of SQS, which stamps a doorbell, and of a function. */
export const ringSkewMs = 100;
/** Of so many wallets a worker remembers until when they were looked into, and what was read then. */
export const walletsRememberedMax = 2_000;
/** How long 2-debit waits for an inbox index that still lists only operations that no longer wait. */
export const inboxStaleMs = 100;
/** Withdrawals behind one that waits for the brokerage's answer about others say so when they have waited for so long. */
export const behindShownMs = 60_000;
/** So many of the newest withdrawals of a wallet are looked at by a worker that does not know up to where they have been taken. */
export const newestMin = 25;
/** When so many were found in the list that wait no longer, and nothing else was written, it is noted up to where they stand. */
export const notedMin = 25;
/** What a worker knows of a wallet is where it begins to read for so long: until then no other is likely to have been there. */
export const knownMs = 1_000;
/** A withdrawal at a brokerage and its block are tried so often. Three steps at most write blocks of one wallet at a time. */
export const blockTriesMax = 20;
/** Of how many of a wallet it is shown at once that they are held back. */
export const heldShownMax = 500;

assert(postingsMax + 3 <= transactionActionsMax);
// What was accepted before a ring is ripe when it is looked for, and so is remembered as taken.
assert(ringSkewMs < inboxGatherMs);
// A run that began in time has a turn after what it was rung for is ripe.
assert(inboxSettleMs + inboxGatherMs < walletTurnMs);
