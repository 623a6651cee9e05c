/**
 * Every limit of the system, with its unit in its name. The stack (lib/) and the functions (lambdas/) import this one
 * file, so they cannot disagree; the assertions at its end hold the numbers against each other.
 */
import assert from 'node:assert/strict';
import type { Step } from './steps.ts';

/** The longest that one outgoing HTTP or JSON-RPC call may take. After it nobody waits, and the outcome is unknown. */
export const callTimeoutMs = 8_000;
/** The part of an invocation's time that a step keeps for recording the outcome of its last call. */
export const recordReserveMs = 3_000;

/** Messages in one invocation of a step: the most for a FIFO queue (Lambda API, CreateEventSourceMapping, `BatchSize`). */
export const stepBatchMax = 10;
/** Ids in one doorbell, the message that rings a step. */
export const doorbellIdsMax = 100;
/** The timeout of a step's function. */
export const stepTimeoutSeconds = 30;
/** AWS asks for at least six times the function's timeout (AWS Lambda guide, "Using Lambda with Amazon SQS"). */
export const stepVisibilitySeconds = 6 * stepTimeoutSeconds;
/** Never 1, for SQS may count a receive that nobody saw (Amazon SQS guide, "Avoiding inconsistent message processing"). */
export const stepReceivesMax = 5;
/** A failed message becomes visible after this, times its receive count, and not only after the visibility timeout. */
export const stepRedeliverySeconds = 5;
/** Queues and dead-letter queues keep a message for 14 days, the most that SQS allows (Amazon SQS message quotas). */
export const queueRetentionSeconds = 14 * 24 * 3600;

/** Invocations of each step at the same time: `MaximumConcurrency` of its event source mapping. */
export const stepConcurrencyMax = {
  journal: 50,
  debit: 50,
  'on-ramp': 20,
  broadcast: 60, // They mostly wait: 44 of them sign 1,000 payouts a second of as many wallets, as many as KMS does (docs/capacity.md).
  confirm: 10,
  refund: 10,
  webhook: 50,
  'webhook-retry': 50,
} as const satisfies Record<Step, number>;

/** Queue lanes of a wallet (message groups `walletId#lane`) at the steps where order does not matter. */
export const queueLanesPerWallet = 16;
/** Partitions of the index of everything that is due, which sweep reads, and of that of all that has not ended. */
export const dueShards = 4;

/** Actions in one DynamoDB transaction (DynamoDB API, TransactWriteItems). */
export const transactionActionsMax = 100;
/** Bytes of the items of one transaction, of which DynamoDB takes 4 MB; the rest is for attributes of newer code. */
export const transactionBytesMax = 3_500_000;
/**
 * The relay's event source mapping: records of a batch, retries of a batch, oldest record retried, and its timeout. The age
 * decides when a record is given up: an outage for as long costs time only, and one record holds up its shard no longer.
 */
export const relayBatchMax = 100;
export const relayRetriesMax = 1_000;
export const relayRecordAgeMaxSeconds = 3600;
export const relayTimeoutSeconds = 30;

/** EventBridge starts sweep this often; one run makes passes for `sweepRunMs`, so that the next run follows it closely. */
export const sweepEverySeconds = 60;
export const sweepTimeoutSeconds = 70;
export const sweepRunMs = 56_000;
/** Reconciliation runs this often and compares the last `reconcilePeriodMs`. */
export const reconcileEverySeconds = 3_600;
export const reconcilePeriodMs = 26 * 3_600_000;
export const reconcileTimeoutSeconds = 900;
/** The pages of one list of a provider have this long together in reconciliation, which reads the lists of a whole day. */
export const reconcileListMs = 5 * 60_000;
/** The timeout of a report that a client asks for: API Gateway waits 29 s (API Gateway quotas, integration timeout). */
export const reconciliationTimeoutSeconds = 28;
/** Money that is under way for less is no difference. It is longer than the slowest network takes to be final. */
export const reconcileInFlightMs = 60 * 60_000;
/** Who asks for reconciliation gets the last report when it is no older than this. */
export const reconcileFreshMs = 60_000;
/** The differences of a report beyond this many are not kept. */
export const differencesKeptMax = 500;
/** The default time between two passes of sweep (`SWEEP_PASS_MS`). */
export const sweepPassMs = 5_000;
/** Moving `dueAt` costs two index writes, as much as ten reads by sweep, so only a longer wait than that moves it. */
export const dueAtWorthMovingMs = 10 * sweepPassMs;
/** Sweep lists what has become due within this at each pass, and what is older in laps (core/outbox/laps.ts). */
export const sweepYoungMs = 60_000;
/** A change of stage that comes later than this after `dueAt` moves `dueAt`, so that sweep looks at once if its ring is lost. */
export const dueFreshMs = sweepYoungMs / 2;
/** How many withdrawals that wait, or are older than `withdrawalOldMs`, sweep counts: more are no other news. */
export const waitingKeptMax = 10_000;
export const withdrawalOldMs = 24 * 3_600_000;
/** A withdrawal that stands this long in a stage that waits for nobody outside has lost its doorbell. */
export const lostDoorbellMs = 10_000;
/** How often the on-ramp is asked about a transfer whose events do not come (`POLL_MS` locally). */
export const onRampPollMs = 15_000;
/** A transfer whose answer was lost is looked up after this time, in which the request may still take effect. */
export const onRampSettleMs = 15_000;
/** The pages of a list of the on-ramp have this long together, so that a step can still record what it learned. */
export const onRampListMs = 16_000;
/** A quote of the on-ramp that is good for longer is none: Due's are good for two minutes (https://due.readme.io/docs/quotes). */
export const quoteLifeMaxMs = 3_600_000;
/** A conversion that is not paid after this long says on its timeline what it waits for. */
export const conversionLateMs = 60 * 60_000;
/** A payment of the on-ramp that is not final after so many times the usual is waited for visibly. */
export const arrivalSlowFactor = 2;
/** After this long of visible waiting for a payment that the on-ramp claims to have made a withdrawal goes to REVIEW. */
export const arrivalReviewMs = 6 * 3_600_000;
/** After so many quotes, each of which came to nothing without a word of the on-ramp, a withdrawal goes to REVIEW. */
export const quotesMax = 30;
/** A quote is not used when it expires in less than this. */
export const quoteMarginMs = 5_000;
/** The difference that is allowed between a provider's clock and ours. */
export const providerClockSkewMs = 10_000;
/** A journal whose answer was lost is looked up after this time, in which it may be missing from the lists. */
export const journalSettleMs = 15_000;
/**
 * That nothing came of a journal or a transfer whose answer was lost, or that was sent again, is believed only when two
 * look-ups so far apart say so. Neither provider documents how far its lists may be behind: the times are our choice.
 */
export const journalProofMs = 15 * 60_000;
export const onRampProofMs = 30 * 60_000;
/** After this long without a clear answer about its conversion a withdrawal goes to REVIEW. */
export const onRampReviewMs = 6 * 3_600_000;
/** The brokerage is trusted to recognize a journal's key for this long; Alpaca does not document how long it does. */
export const journalKeyLifeMs = 12 * 3_600_000;
/** After this long without a clear answer whether its journal still stands a withdrawal goes to REVIEW unpaid. */
export const journalReviewMs = 12 * 3_600_000;
/** The shortest wait for the bank details of a virtual account that the on-ramp has just made. */
export const accountWaitMinMs = 1_000;
/** A wire whose answer was lost is looked up after this time, in which it may be missing from the list. */
export const wireSettleMs = 15_000;
/** Alpaca has no idempotency key for wires: one that the list does not show is sent again only so long after the last send. */
export const wireProofMs = 30 * 60_000;
/** After so long without a clear answer about its wire the withdrawal goes to REVIEW. */
export const wireReviewMs = 12 * 3_600_000;
/** Even then only when two lists so far apart show nothing: one list may be behind, or be cut short without a word. */
export const wireLooksApartMs = 5 * 60_000;
/** A wire that has been sent so often is never sent again: dollars that still do not show are for a person. */
export const wireSendsMax = 2;
/** A wire has arrived within this: Fedwire settles the same day (https://www.frbservices.org/financial-services/wires). */
export const wireArrivalMs = 24 * 3_600_000;
/** Reconciliation lists wires so far back: what a bank does not give back in a month is seen by people only. */
export const wireReturnMs = 31 * 24 * 3_600_000;
/** The pages of the list of wires have this long together. */
export const brokerageListMs = 16_000;
/** The longest wait before anything is looked at again, whatever a provider says: some journals are pending for a day. */
export const journalPollMaxMs = 300_000;
/** A payout may exceed the amount taken from the wallet, at par, by at most this: beyond it the answer is wrong. */
export const payoutAbovePercentMax = 2n;
/**
 * A quote may fall short of that amount by at most this: Due's example keeps 5.00 of 1,000.00
 * (https://due.readme.io/docs/quotes), so a quote that keeps more is wrong, or nothing that a client would agree to.
 */
export const payoutBelowPercentMax = 5n;
/**
 * A fixed fee is a large part of a small amount, so a quote may fall short by this many cents, but never by more than this part:
 * a fee of more than half is no fee that a client would agree to.
 */
export const payoutBelowAlwaysCents = 100n;
export const payoutBelowSmallPercentMax = 50n;

/** A payout that is not on chain after this goes back to 4-broadcast, which sends it again or replaces its transaction. */
export const payoutStuckMs = 30_000;

/** The timeout of the API's functions: API Gateway gives up after 29 s, and we answer long before. */
export const apiTimeoutSeconds = 10;
/** API Gateway reuses the authorizer's answer for a key for this long, so a revoked key may work for as long. */
export const authorizerCacheSeconds = 10;

/** Waits before the retries of a step: 1, 2, 4, 8, 16, 30, 30 … s, each ±25 % (`retryJitter`). */
export const retryDelaysSeconds = [1, 2, 4, 8, 16, 30] as const;
export const retryJitter = 0.25;
/** Faults in a row that open a breaker: fewer than the default attempts of a withdrawal, so that none fails before. */
export const breakerFaultsMax = 3;
/** How long an open breaker waits before its first probe. Each failed probe doubles it, up to `breakerOpenMaxMs`. */
export const breakerOpenMs = 1_000;
export const breakerOpenMaxMs = 15_000;
/** A probe that a worker claimed and never reported may be claimed again after this long. */
export const breakerProbeMs = 10_000;
/** After an outage a breaker allows 1, 2, 4 … calls at once; when it would allow more than this, it is closed. */
export const breakerRampFull = 8;
/** How long a worker relies on what it last read of a breaker. */
export const breakerMemoryMs = 1_000;

/** Waits before attempts 1 to 6 of a webhook delivery; attempt 0 is made at once. */
export const webhookDelaysSeconds = [1, 2, 4, 8, 16, 32] as const;
export const webhookTimeoutMs = 10_000;
export const webhookResponseBytesMax = 4_096;
export const webhookRetryAfterMaxSeconds = 300;
/** Webhook endpoints of a tenant: relay looks at all of them at each change of a withdrawal. */
export const webhookEndpointsMax = 50;
/** The clock that stamps a new endpoint and the clock that stamps an event may differ by this much. */
export const endpointClockSkewMs = 10_000;

/** What a request body may have. */
export const bodyBytesMax = 64 * 1024;
export const jsonDepthMax = 32;
export const referenceLengthMax = 255;
export const metadataEntriesMax = 20;
export const metadataValueLengthMax = 500;
export const metadataKeyLengthMax = 40;

/** Tokens of a GraphQL document, counted before it is validated. The standard introspection query has 163. */
export const graphqlTokensMax = 1_000;
/** Fields inside fields: the deepest of the schema, in a list of withdrawals, are 4 deep. */
export const graphqlDepthMax = 6;
/** Aliases of operations: each is one more request, so this is how many one HTTP request may stand for. */
export const graphqlAliasesMax = 10;
/** Uses of fragments: the work of validation grows exponentially with fragments inside fragments. */
export const graphqlSpreadsMax = 20;
/** Values in an answer: a page of 100 withdrawals with every field has 3,500. */
export const graphqlCostMax = 5_000;
/** An answer is a string inside Lambda's response of at most 6 MB (AWS Lambda guide, "Lambda quotas"). */
export const answerBytesMax = 5 * 1024 * 1024;

/** Items of a list in one answer, when the client asks for no number and at most. */
export const pageDefault = 50;
export const pageMax = 100;
/** A page ends before the item that would make it larger; what its items have besides is small. */
export const pageBytesMax = 4 * 1024 * 1024;
/** Wrong fields that one answer names: a large body can have thousands. */
export const fieldErrorsMax = 100;
/** Items that one request for a filtered list reads; what it has found by then is its page. */
export const pageLooksMax = 1_000;
/** Partitions of a tenant's list of withdrawals, so that a busy tenant is not one hot partition. */
export const tenantListShards = 4;
/** How often a client may retry one withdrawal: each time makes its timeline longer. */
export const takeUpsMax = 10;
/** Characters of an operator's reason, and of a principal: as many as a token's `sub` has (OpenID Connect Core 1.0, section 2). */
export const reasonLengthMax = 500;
export const principalLengthMax = 255;
/** An operator's proposal that nobody has confirmed by then is void: who confirms must see what the proposer saw. */
export const proposalLifeMs = 24 * 3_600_000;
/** The counters of daily limits are kept for this long after their day. */
export const counterKeptDays = 40;

assert(6 * stepTimeoutSeconds <= stepVisibilitySeconds);
assert(stepReceivesMax > 1);
// A step may make two calls in a row and still record the outcome of the second.
assert(2 * callTimeoutMs + recordReserveMs < stepTimeoutSeconds * 1_000);
assert(onRampSettleMs > callTimeoutMs);
// The lists of one visit share its time (kernel/budget.ts), so none of them may want more than all of it.
assert(onRampListMs + callTimeoutMs + recordReserveMs < stepTimeoutSeconds * 1_000);
assert(brokerageListMs + callTimeoutMs + recordReserveMs < stepTimeoutSeconds * 1_000);
assert(breakerProbeMs > callTimeoutMs);
assert(wireProofMs + wireLooksApartMs < wireReviewMs);
assert(journalSettleMs > callTimeoutMs && wireSettleMs > callTimeoutMs);
assert(webhookTimeoutMs + recordReserveMs < stepTimeoutSeconds * 1_000);
// What is not moved stays among what is listed at each pass until a lost doorbell has been rung again.
assert(dueFreshMs + lostDoorbellMs + 2 * sweepPassMs <= sweepYoungMs);
assert(sweepRunMs < sweepEverySeconds * 1_000 && sweepEverySeconds < sweepTimeoutSeconds);
assert(stepReceivesMax * stepVisibilitySeconds < queueRetentionSeconds);
assert(apiTimeoutSeconds < 29);
assert(pageBytesMax < answerBytesMax);
